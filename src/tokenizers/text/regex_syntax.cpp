#include "tokenizers/text/regex_syntax.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <vector>

#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

// Members of sets. PCRE2's own \s has U+180E too, its \w lacks marks.
constexpr std::string_view kSpaceMembers = R"(\t-\r\x{85}\p{Z})";
constexpr std::string_view kWordMembers = R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc})";
// A \w that is not in a set takes six numbers of Latin-1 for words, too.
constexpr std::string_view kLoneWordMembers =
    R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\xb2\xb3\xb9\xbc-\xbe)";
constexpr std::string_view kHexMembers = "0-9A-Fa-f";

struct PropertyName {
  std::string_view oniguruma;
  std::string_view pcre2;
};

/// Long names, lower-case and without separators, that PCRE2 does not know.
constexpr auto kPropertyNames = std::to_array<PropertyName>({
    {"letter", "L"},
    {"casedletter", "L&"},
    {"uppercaseletter", "Lu"},
    {"lowercaseletter", "Ll"},
    {"titlecaseletter", "Lt"},
    {"modifierletter", "Lm"},
    {"otherletter", "Lo"},
    {"mark", "M"},
    {"combiningmark", "M"},
    {"nonspacingmark", "Mn"},
    {"spacingmark", "Mc"},
    {"enclosingmark", "Me"},
    {"number", "N"},
    {"decimalnumber", "Nd"},
    {"letternumber", "Nl"},
    {"othernumber", "No"},
    {"punctuation", "P"},
    {"connectorpunctuation", "Pc"},
    {"dashpunctuation", "Pd"},
    {"openpunctuation", "Ps"},
    {"closepunctuation", "Pe"},
    {"initialpunctuation", "Pi"},
    {"finalpunctuation", "Pf"},
    {"otherpunctuation", "Po"},
    {"symbol", "S"},
    {"mathsymbol", "Sm"},
    {"currencysymbol", "Sc"},
    {"modifiersymbol", "Sk"},
    {"othersymbol", "So"},
    {"separator", "Z"},
    {"spaceseparator", "Zs"},
    {"lineseparator", "Zl"},
    {"paragraphseparator", "Zp"},
    {"other", "C"},
    {"control", "Cc"},
    {"format", "Cf"},
    {"surrogate", "Cs"},
    {"privateuse", "Co"},
    {"unassigned", "Cn"},
    {"alpha", "Alphabetic"},
    {"digit", "Nd"},
    {"space", "White_Space"},
    {"upper", "Uppercase"},
    {"lower", "Lowercase"},
    {"cntrl", "Cc"},
});

struct PosixClass {
  std::string_view name;
  std::string_view members;
};

constexpr std::array kPosixClasses = {
    PosixClass{"alnum", R"(\p{Alphabetic}\p{Nd})"},
    PosixClass{"alpha", R"(\p{Alphabetic})"},
    PosixClass{"blank", R"(\t\p{Zs})"},
    PosixClass{"cntrl", R"(\p{Cc})"},
    PosixClass{"digit", R"(\p{Nd})"},
    PosixClass{"lower", R"(\p{Lowercase})"},
    PosixClass{"punct", R"(\p{P}\p{S})"},
    PosixClass{"space", kSpaceMembers},
    PosixClass{"upper", R"(\p{Uppercase})"},
    PosixClass{"word", kWordMembers},
    PosixClass{"xdigit", kHexMembers},
};

/// Names of properties that are not scripts. PCRE2 compares them without
/// regard to case and separators.
constexpr auto kBinaryProperties = std::to_array<std::string_view>({
    "any",
    "ascii",
    "alphabetic",
    "asciihexdigit",
    "cased",
    "caseignorable",
    "dash",
    "defaultignorablecodepoint",
    "diacritic",
    "emoji",
    "emojicomponent",
    "emojimodifier",
    "emojimodifierbase",
    "emojipresentation",
    "extendedpictographic",
    "extender",
    "graphemebase",
    "graphemeextend",
    "hexdigit",
    "idcontinue",
    "idstart",
    "ideographic",
    "joincontrol",
    "lowercase",
    "math",
    "noncharactercodepoint",
    "quotationmark",
    "radical",
    "sentenceterminal",
    "softdotted",
    "terminalpunctuation",
    "unifiedideograph",
    "uppercase",
    "variationselector",
    "whitespace",
    "xidcontinue",
    "xidstart",
});

/// The name that PCRE2 knows. For a script it says that its extensions, the
/// characters of several scripts, do not count.
std::string property_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c == ' ' || c == '_' || c == '-') continue;
    plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  const auto* found = std::find_if(
      kPropertyNames.begin(), kPropertyNames.end(),
      [&plain](const PropertyName& n) { return n.oniguruma == plain; });
  if (found != kPropertyNames.end()) return std::string(found->pcre2);
  const bool is_script =
      plain.size() > 2 &&
      std::find(kBinaryProperties.begin(), kBinaryProperties.end(), plain) ==
          kBinaryProperties.end();
  return (is_script ? "sc:" : "") + std::string(name);
}

class Translator {
 public:
  explicit Translator(std::string_view pattern) : rest_(pattern) {}

  etllm::Result<std::string> translate() {
    while (!rest_.empty() && failure_.empty()) step();
    if (!failure_.empty()) return etllm::not_supported(failure_);
    return std::move(out_);
  }

 private:
  void step() {
    const char c = rest_[0];
    if (c == '{' && quantifier()) return;
    if (c == '*' || c == '+' || c == '?' || c == '|') {
      copy(1);
      return;
    }
    if (c == ')') {
      copy(1);
      if (!groups_.empty()) {
        atom_ = groups_.back();
        groups_.pop_back();
      }
      return;
    }
    atom_ = out_.size();
    if (c == '(') {
      group();
    } else if (c == '[') {
      set();
    } else if (c == '\\' && rest_.size() > 1) {
      escape(/*in_set=*/false);
    } else {
      copy(std::min(utf8_length(c), rest_.size()));
    }
  }

  void copy(std::size_t count) {
    out_ += rest_.substr(0, count);
    rest_.remove_prefix(count);
  }

  void replace(std::size_t count, std::string_view text) {
    out_ += text;
    rest_.remove_prefix(count);
  }

  void refuse(const std::string& what) {
    failure_ = "the pattern uses " + what + ", which is not supported";
  }

  /// `{,n}` begins at 0, and a `+` after braces repeats instead of making them
  /// possessive. False when the brace is an ordinary character.
  bool quantifier() {
    const std::size_t end = rest_.find('}');
    if (end == std::string_view::npos || end == 1 || out_.empty()) return false;
    const std::string_view body = rest_.substr(1, end - 1);
    if (body.find_first_not_of("0123456789,") != std::string_view::npos ||
        std::count(body.begin(), body.end(), ',') > 1 || body == ",") {
      return false;
    }
    const bool repeats = end + 1 < rest_.size() && rest_[end + 1] == '+';
    if (repeats) out_.insert(atom_, "(?:");
    out_ += body[0] == ',' ? "{0" : "{";
    out_ += body;
    out_ += repeats ? "})" : "}";
    rest_.remove_prefix(end + 1);
    return true;
  }

  void group() {
    groups_.push_back(out_.size());
    if (!rest_.starts_with("(?")) return copy(1);
    if (rest_.starts_with("(?~")) return refuse("an absence operator");
    if (rest_.starts_with("(?#")) {
      groups_.pop_back();
      return copy(std::min(rest_.find(')'), rest_.size() - 1) + 1);
    }
    const std::size_t end = rest_.find_first_not_of("imx-", 2);
    if (end == std::string_view::npos || end == 2 ||
        (rest_[end] != ':' && rest_[end] != ')')) {
      return copy(2);
    }
    for (const char c : rest_.substr(0, end)) out_ += c == 'm' ? 's' : c;
    rest_.remove_prefix(end);
  }

  void set() {
    const bool negated = rest_.starts_with("[^");
    rest_.remove_prefix(negated ? 2 : 1);
    const std::size_t begin = out_.size();
    outsiders_.clear();
    if (rest_.starts_with("]")) replace(1, "\\]");
    while (!rest_.empty() && rest_[0] != ']' && failure_.empty()) set_member();
    if (rest_.empty()) return refuse("a set without an end");
    rest_.remove_prefix(1);
    const std::string members = out_.substr(begin);
    out_.resize(begin);
    finish_set(negated, members);
  }

  void set_member() {
    if (posix_class()) return;
    if (rest_[0] == '[') {
      refuse("a set inside a set");
    } else if (rest_.starts_with("&&")) {
      refuse("an intersection of sets");
    } else if (rest_[0] == '\\' && rest_.size() > 1) {
      escape(/*in_set=*/true);
    } else {
      copy(std::min(utf8_length(rest_[0]), rest_.size()));
    }
  }

  /// [:name:] or [:^name:]; false when it is not one that differs.
  bool posix_class() {
    const std::size_t end = rest_.find(":]");
    if (!rest_.starts_with("[:") || end == std::string_view::npos) return false;
    std::string_view name = rest_.substr(2, end - 2);
    const bool negated = name.starts_with('^');
    if (negated) name.remove_prefix(1);
    for (const PosixClass& known : kPosixClasses) {
      if (known.name != name) continue;
      if (negated) {
        outsiders_.push_back(known.members);
      } else {
        out_ += known.members;
      }
      rest_.remove_prefix(end + 2);
      return true;
    }
    copy(end + 2);
    return true;
  }

  /// Puts a set together. What a \W in it excludes cannot be a member, so it
  /// becomes an alternative, or a condition in front of a negated set.
  void finish_set(bool negated, const std::string& members) {
    if (outsiders_.empty()) {
      out_ += (negated ? "[^" : "[") + members + "]";
      return;
    }
    out_ += "(?:";
    for (const std::string_view outsider : outsiders_) {
      out_ += negated ? "(?=[" : "[^";
      out_ += outsider;
      out_ += negated ? "])" : "]|";
    }
    if (negated) {
      out_ += members.empty() ? "(?s:.)" : "[^" + members + "]";
    } else if (members.empty()) {
      out_.pop_back();
    } else {
      out_ += "[" + members + "]";
    }
    out_ += ")";
  }

  /// \S, \W or \H, with the members it excludes.
  void outside(std::string_view members_excluded, bool in_set) {
    if (!in_set) return members(members_excluded, false, "[^");
    outsiders_.push_back(members_excluded);
    rest_.remove_prefix(2);
  }

  void escape(bool in_set) {
    switch (rest_[1]) {
      case 's':
        return members(kSpaceMembers, in_set, "[");
      case 'h':
        return members(kHexMembers, in_set, "[");
      case 'w':
        return members(in_set ? kWordMembers : kLoneWordMembers, in_set, "[");
      case 'S':
        return outside(kSpaceMembers, in_set);
      case 'H':
        return outside(kHexMembers, in_set);
      case 'W':
        return outside(in_set ? kWordMembers : kLoneWordMembers, in_set);
      case 'v':
        return replace(2, "\\x0b");
      case 'u':
        return code_point();
      case 'p':
      case 'P':
        return property();
      case 'b':
      case 'B':
        return in_set ? copy(2) : boundary(rest_[1] == 'b');
      case 'O':
        return in_set ? copy(2) : replace(2, "(?s:.)");
      default:
        return copy(std::min(1 + utf8_length(rest_[1]), rest_.size()));
    }
  }

  void members(std::string_view list, bool in_set, std::string_view open) {
    if (in_set) return replace(2, list);
    out_ += open;
    out_ += list;
    replace(2, "]");
  }

  void boundary(bool wanted) {
    const std::string word = "[" + std::string(kLoneWordMembers) + "]";
    const std::string_view ahead_if_word = wanted ? "(?!" : "(?=";
    const std::string_view ahead_if_not = wanted ? "(?=" : "(?!";
    out_ += "(?:(?<=" + word + ")";
    out_ += ahead_if_word;
    out_ += word + ")|(?<!" + word + ")";
    out_ += ahead_if_not;
    replace(2, word + "))");
  }

  /// \uHHHH
  void code_point() {
    const std::string_view digits = rest_.substr(2, 4);
    if (digits.size() < 4) return refuse("a broken \\u escape");
    out_ += "\\x{" + std::string(digits);
    replace(6, "}");
  }

  /// \p{Name}, \p{^Name}, \P{Name}
  void property() {
    const std::size_t end = rest_.find('}');
    if (rest_.size() < 3 || rest_[2] != '{' || end == std::string_view::npos) {
      return copy(2);
    }
    std::string_view name = rest_.substr(3, end - 3);
    const bool caret = name.starts_with('^');
    if (caret) name.remove_prefix(1);
    out_ += (rest_[1] == 'P') != caret ? "\\P{" : "\\p{";
    out_ += property_name(name);
    replace(end + 1, "}");
  }

  std::string_view rest_;
  std::string out_;
  std::size_t atom_ = 0;             // where the last atom of `out_` begins
  std::vector<std::size_t> groups_;  // where the open groups begin
  std::vector<std::string_view> outsiders_;  // of the set being read
  std::string failure_;
};

}  // namespace

etllm::Result<std::string> pcre2_syntax(std::string_view pattern) {
  return Translator(pattern).translate();
}

}  // namespace tokenizers::pipeline
