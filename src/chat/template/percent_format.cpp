#include "chat/template/percent_format.h"

#include <cmath>
#include <string>
#include <string_view>

#include "chat/template/number_format.h"
#include "chat/template/operators.h"
#include "chat/template/template_error.h"
#include "chat/template/to_text.h"

namespace etllm::chat::jinja {
namespace {

class PercentFormatter {
 public:
  PercentFormatter(RenderContext& context, const Value& format,
                   const Value& values)
      : context_(context),
        format_(format.text()),
        values_(values),
        markup_(format.is_markup()) {}

  std::string run() {
    while (position_ < format_.size()) {
      const char c = format_[position_++];
      if (c == '%') {
        read_conversion();
      } else {
        result_ += c;
      }
    }
    const bool all_used = values_.is_tuple() ? used_ == values_.items().size()
                                             : used_ == 1 || has_items(values_);
    if (!all_used) throw TemplateError("a '%' format leaves values unused");
    return std::move(result_);
  }

 private:
  // Python takes everything with items for a possible dictionary, and does
  // not mind when a format leaves it unused.
  static bool has_items(const Value& value) {
    return value.is_dict() || value.is_list() ||
           value.is_sequence(SequenceType::kRange);
  }

  char next() {
    if (position_ >= format_.size()) {
      throw TemplateError("a '%' format is incomplete");
    }
    return format_[position_++];
  }

  void read_conversion() {
    std::string_view key;
    bool has_key = false;
    if (position_ < format_.size() && format_[position_] == '(') {
      const std::size_t end = format_.find(')', position_);
      if (end == std::string_view::npos) {
        throw TemplateError("a '%' format is incomplete");
      }
      key = format_.substr(position_ + 1, end - position_ - 1);
      has_key = true;
      position_ = end + 1;
    }
    const FormatSpec spec = read_spec();
    if (spec.type == '%') {
      result_ += '%';
    } else {
      append(has_key ? named(key) : following(), spec);
    }
  }

  FormatSpec read_spec() {
    FormatSpec spec;
    bool left = false, zeros = false;
    char flag = next();
    for (; std::string_view("-+ #0").find(flag) != std::string_view::npos;
         flag = next()) {
      left = left || flag == '-';
      zeros = zeros || flag == '0';
      spec.alternate = spec.alternate || flag == '#';
      if (flag == '+' || (flag == ' ' && spec.sign == 0)) spec.sign = flag;
    }
    --position_;
    spec.width = read_number();
    if (position_ < format_.size() && format_[position_] == '.') {
      ++position_;
      spec.precision = read_number();
    }
    spec.align = left ? '<' : '>';
    if (zeros && !left) {
      spec.align = '=';
      spec.fill = "0";
    }
    spec.type = next();
    while (spec.type == 'h' || spec.type == 'l' || spec.type == 'L') {
      spec.type = next();
    }
    return spec;
  }

  int read_number() {
    if (position_ < format_.size() && format_[position_] == '*') {
      throw TemplateError("'*' in a '%' format is not supported");
    }
    return read_format_number(format_, position_).value_or(0);
  }

  Value named(std::string_view key) {
    if (!values_.is_dict()) {
      throw TemplateError("a '%' format with names needs a dictionary");
    }
    const Value* value = values_.dict().find(key);
    if (value == nullptr) {
      throw TemplateError("a '%' format has no value for '" + std::string(key) +
                          "'");
    }
    return *value;
  }

  Value following() {
    const bool enough =
        values_.is_tuple() ? used_ < values_.items().size() : used_ == 0;
    if (!enough) throw TemplateError("a '%' format has too few values");
    ++used_;
    return values_.is_tuple() ? values_.items()[used_ - 1] : values_;
  }

  void append(const Value& value, FormatSpec spec) {
    Budget& budget = context_.budget();
    const bool as_repr = spec.type == 'r' || spec.type == 'a';
    if (as_repr || spec.type == 's') {
      std::string text =
          as_repr ? to_repr(budget, value) : to_text(budget, value);
      if (spec.type == 'a') text = ascii_only(text);
      if (markup_ && !value.is_markup()) text = html_escaped(text);
      FormatSpec text_spec;
      text_spec.align = spec.align == '=' ? '>' : spec.align;
      text_spec.width = spec.width;
      text_spec.precision = spec.precision;
      result_ += format_text(budget, text, text_spec);
      return;
    }
    require_defined(value);
    result_ += format_number(budget, convert(value, spec), spec);
  }

  // The value in the type that the conversion asks for.
  static Value convert(const Value& value, FormatSpec& spec) {
    if (!value.is_number()) {
      throw TemplateError("a '%' format needs a number, not a value of type '" +
                          std::string(value.type_name()) + "'");
    }
    if (spec.type != 'i' && spec.type != 'u' && spec.type != 'd') return value;
    spec.type = 'd';
    if (value.is_integral()) return value;
    const double whole = std::trunc(value.as_double());
    if (!(std::abs(whole) < 9.2e18)) {
      throw TemplateError("a number is too large for an integer");
    }
    return Value::integer(static_cast<std::int64_t>(whole));
  }

  RenderContext& context_;
  std::string_view format_;
  const Value& values_;
  bool markup_;
  std::size_t position_ = 0;
  std::size_t used_ = 0;
  std::string result_;
};

}  // namespace

Value percent_format(RenderContext& context, const Value& format,
                     const Value& values) {
  context.budget().spend_bytes(format.text().size());
  return context.string(PercentFormatter(context, format, values).run(),
                        format.is_markup());
}

}  // namespace etllm::chat::jinja
