#include "importer/architectures/description.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/mapped_file.h"

namespace etllm::importer {
namespace {

constexpr const char* kFileInFolder = "etllm_architecture.json";
// Descriptions name each other; a circle has to end.
constexpr int kMaxParents = 8;
constexpr int kMaxNesting = 64;

/// A description and where it comes from, for sentences.
struct Named {
  std::string name;
  Json json;
};

Status wrong(const Named& description, const std::string& what) {
  return invalid_data(description.name + ": " + what);
}

/// How deep brackets nest in `text`: what recursion over it would cost.
int nesting_of(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
    if (c == ']' || c == '}') --depth;
  }
  return deepest;
}

Result<Named> parse(std::string name, std::string_view text) {
  if (nesting_of(text) > kMaxNesting) {
    return invalid_data(name + ": this nests too deep; correct it");
  }
  Named description{std::move(name), Json::parse(text, nullptr, false)};
  if (!description.json.is_object()) {
    return wrong(description, "this is no JSON object; correct it");
  }
  return description;
}

/// What the model calls its own architecture; empty when it does not say.
std::string architecture_of(const ModelSource& source) {
  const bool is_gguf = source.kind() == SourceKind::kGguf;
  const auto name =
      source.config().find(is_gguf ? "general.architecture" : "model_type");
  if (name == source.config().end() || !name->is_string()) return {};
  return name->get<std::string>();
}

const char* kind_name(const ModelSource& source) {
  return source.kind() == SourceKind::kGguf ? "gguf" : "hugging_face";
}

/// Whether `description` lists the architecture in its member "for".
bool is_for(const Json& description, const ModelSource& source,
            const std::string& architecture) {
  const auto list = description.find("for");
  if (list == description.end() || !list->is_object()) return false;
  const auto names = list->find(kind_name(source));
  if (names == list->end() || !names->is_array()) return false;
  for (const Json& name : *names) {
    if (name.is_string() && name.get_ref<const std::string&>() == architecture)
      return true;
  }
  return false;
}

Result<Named> built_in(const BuiltInDescription& description) {
  return parse("the description '" + std::string(description.family) + "'",
               description.text);
}

Result<Named> find_built_in(const ModelSource& source) {
  const std::string architecture = architecture_of(source);
  if (architecture.empty()) {
    return not_found("'" + source.config_path() +
                     "' does not say which architecture the model has; name "
                     "one in it, or describe the model with --description");
  }
  std::string known;
  for (const BuiltInDescription& candidate : built_in_descriptions()) {
    Result<Named> description = built_in(candidate);
    if (!description.ok()) return description;
    if (is_for(description->json, source, architecture)) return description;
    known += (known.empty() ? "" : ", ") + std::string(candidate.family);
  }
  return not_supported(
      "'" + source.path() + "' holds a model of architecture " +
      in_quotes(architecture) + ", and those that can be imported are " +
      known + "; describe any other decoder with --description");
}

Result<Named> read_file(const std::string& path) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file.ok()) return file.status();
  const auto bytes = file->bytes();
  return parse("'" + path + "'",
               {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Result<Named> find_own(const ModelSource& source, const std::string& path) {
  if (!path.empty()) return read_file(path);
  const auto inside = std::filesystem::path(source.path()) / kFileInFolder;
  std::error_code ignored;
  if (source.kind() == SourceKind::kHuggingFace &&
      std::filesystem::exists(inside, ignored)) {
    return read_file(inside.string());
  }
  return find_built_in(source);
}

/// Puts the members of `changes` over those of `base`, which has all that
/// exist; sections are merged, values replaced.
Status merge(const Named& changes, const Json& section,
             const std::string& section_name, Json& base) {
  for (const auto& [key, value] : section.items()) {
    const std::string name =
        section_name.empty() ? key : section_name + "." + key;
    const auto known = base.find(key);
    // The keys of "refuse" are the model's.
    if (known == base.end() && section_name != "refuse") {
      return wrong(changes, "there is no member " + in_quotes(name) +
                                " in descriptions; correct it");
    }
    if (section_name.empty() && key == "ignore" && value.is_array()) {
      known->insert(known->end(), value.begin(), value.end());
      continue;
    }
    const bool is_section =
        section_name.empty() ? key != "rope" : section_name == "tensors";
    if (!is_section) {
      base[key] = value;
      continue;
    }
    if (!value.is_object()) {
      return wrong(changes, in_quotes(name) + " is no object; correct it");
    }
    Status status = merge(changes, value, name, *known);
    if (!status.ok()) return status;
  }
  return {};
}

/// One rope: the defaults with the members of `own` over them.
Status complete_rope(const Named& description, const Json& defaults,
                     const Json& own, Json& out) {
  if (!own.is_object()) {
    return wrong(description, "'rope' holds no object; correct it");
  }
  out = defaults;
  for (const auto& [key, value] : own.items()) {
    if (!defaults.contains(key)) {
      return wrong(description, "there is no member " +
                                    in_quotes("rope." + key) +
                                    " in descriptions; correct it");
    }
    out[key] = value;
  }
  return {};
}

/// Makes a list of the member "rope", every entry complete.
Status complete_ropes(const Named& description, const Json& defaults,
                      Json& base) {
  const Json own = base["rope"];
  Json list = Json::array();
  for (const Json& rope : own.is_array() ? own : Json::array({own})) {
    Status status =
        complete_rope(description, defaults, rope, list.emplace_back());
    if (!status.ok()) return status;
  }
  base["rope"] = std::move(list);
  return {};
}

/// Puts `description` over `base`, and below it the one that it is like.
Status apply(const Named& description, int depth, Json& base) {
  Json own = description.json;
  own.erase("for");
  own.erase("family");
  if (const auto like = own.find("like"); like != own.end()) {
    const Json parent = *like;
    own.erase(like);
    const BuiltInDescription* found = nullptr;
    for (const auto& candidate : built_in_descriptions()) {
      if (parent == Json(candidate.family)) found = &candidate;
    }
    if (found == nullptr || depth > kMaxParents) {
      return wrong(description, "it is like " + in_quotes(parent.dump()) +
                                    ", which is no known family; correct it");
    }
    const Result<Named> below = built_in(*found);
    if (!below.ok()) return below.status();
    Status status = apply(*below, depth + 1, base);
    if (!status.ok()) return status;
  }
  return merge(description, own, "", base);
}

/// Replaces {"hugging_face": a, "gguf": b} by what is meant for this kind.
void choose_kind(Json& value, const std::string& kind) {
  if (!value.is_structured()) return;
  if (value.is_object() && !value.empty()) {
    const auto chosen = value.find(kind);
    const bool is_choice = value.size() <= 2 && value.contains("gguf") &&
                           value.contains("hugging_face");
    if (is_choice) {
      Json kept = *chosen;
      value = std::move(kept);
    }
  }
  if (!value.is_structured()) return;
  for (Json& element : value) choose_kind(element, kind);
}

}  // namespace

Result<Json> find_description(const ModelSource& source,
                              const std::string& path) {
  const Result<Named> own = find_own(source, path);
  if (!own.ok()) return own.status();
  Json complete = Json::parse(default_description(), nullptr, false);
  const Json default_rope = complete["rope"];
  Status status = apply(*own, 0, complete);
  if (status.ok()) status = complete_ropes(*own, default_rope, complete);
  if (!status.ok()) return status;
  // Also chooses among the names of tensors.
  choose_kind(complete, kind_name(source));
  const auto family = own->json.find("family");
  const bool is_named = family != own->json.end() && family->is_string();
  complete["family"] = is_named ? *family : Json(architecture_of(source));
  return complete;
}

}  // namespace etllm::importer
