#include "importer/huggingface/folder_texts.h"

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "importer/huggingface/folder_files.h"
#include "importer/huggingface/generation_defaults.h"
#include "importer/huggingface/gpt2_tokenizer.h"
#include "importer/tokenizer/vocabulary.h"
#include "tokenizers/open_tokenizer.h"

namespace etllm::importer {
namespace {

using PlainJson = nlohmann::json;
using Files = std::initializer_list<const PlainJson*>;
using tokenizers::PipelineTokenizer;

/// A tokenizer under the name by which the program carries it.
struct TokenizerFile {
  std::string name;
  std::string path;
  std::string text;
};

/// Collects what the files say; the first failure is kept.
class FolderTexts {
 public:
  FolderTexts(const std::string& folder, const Json& config)
      : folder_(folder), config_(config) {}

  Result<ModelTexts> read() {
    tokenizer_config_ = json("tokenizer_config.json");
    special_tokens_ = json("special_tokens_map.json");
    generation_ = json("generation_config.json");
    TokenizerFile file = find_tokenizer();
    if (status_.ok()) open(std::move(file));
    if (status_.ok()) read_chat_template();
    if (status_.ok()) read_sampling();
    if (!status_.ok()) return status_;
    read_ids();
    return std::move(texts_);
  }

 private:
  void fail(Status status) {
    if (status_.ok()) status_ = std::move(status);
  }

  /// An empty object where there is no such file.
  PlainJson json(const char* name) {
    auto read = read_folder_json(folder_, name);
    if (!read.ok()) fail(read.status());
    return read.ok() && *read ? std::move(**read) : PlainJson::object();
  }

  /// An empty text where there is no such file.
  std::string text(const std::string& name) {
    auto read = read_folder_text(folder_, name);
    if (!read.ok()) fail(read.status());
    return read.ok() && *read ? std::move(**read) : std::string();
  }

  TokenizerFile find_tokenizer();
  TokenizerFile convert_gpt2();
  void open(TokenizerFile file);
  std::string tokenizer_config_text() const;
  std::string token_text(const char* key) const;
  std::optional<std::int64_t> id_of(const std::string& piece) const;
  bool is_special(const std::string& piece) const;
  void read_chat_template();
  void read_sampling();
  void read_ids();
  void add_eos(std::int64_t id);

  const std::string& folder_;
  const Json& config_;
  Status status_;
  PlainJson tokenizer_config_;
  PlainJson special_tokens_;
  PlainJson generation_;
  std::unique_ptr<PipelineTokenizer> tokenizer_;
  ModelTexts texts_;
};

/// The name of the only file "*.tiktoken"; empty when there is none.
std::string find_tiktoken(const std::string& folder) {
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".tiktoken")) return name;
  }
  return {};
}

TokenizerFile FolderTexts::find_tokenizer() {
  for (const char* name :
       {"tokenizer.json", "tekken.json", "tokenizer.model"}) {
    if (!folder_has(folder_, name)) continue;
    return {name, file_in_folder(folder_, name), text(name)};
  }
  const std::string ranks = find_tiktoken(folder_);
  if (!ranks.empty()) {
    return {"tokenizer.tiktoken", file_in_folder(folder_, ranks), text(ranks)};
  }
  if (folder_has(folder_, "vocab.json") && folder_has(folder_, "merges.txt")) {
    return convert_gpt2();
  }
  fail(not_found("'" + folder_ +
                 "' has no tokenizer: no tokenizer.json, tokenizer.model, "
                 "tekken.json, *.tiktoken or vocab.json with merges.txt; "
                 "download the one of the model"));
  return {};
}

TokenizerFile FolderTexts::convert_gpt2() {
  const std::string vocabulary = text("vocab.json");
  const std::string merges = text("merges.txt");
  const std::string added = text("added_tokens.json");
  if (!status_.ok()) return {};
  std::vector<std::string> special;
  for (const char* key : {"bos_token", "eos_token", "unk_token", "pad_token"}) {
    special.push_back(token_text(key));
  }
  auto json = tokenizer_json_from_gpt2({vocabulary, merges, added, special});
  if (!json.ok()) {
    fail({json.status().code(), "'" + folder_ +
                                    "': " + json.status().message() +
                                    "; download the tokenizer again"});
    return {};
  }
  return {"tokenizer.json", file_in_folder(folder_, "vocab.json"),
          std::move(*json)};
}

void FolderTexts::open(TokenizerFile file) {
  std::string config = tokenizer_config_text();
  auto opened = tokenizers::open_tokenizer(file.text, file.path, config);
  if (!opened.ok()) return fail(opened.status());
  tokenizer_ = std::move(*opened);
  texts_.token_count = tokenizer_->ordinary_id_bound();
  texts_.tokenizer_files.emplace_back(std::move(file.name),
                                      std::move(file.text));
  if (!config.empty()) {
    texts_.tokenizer_files.emplace_back("tokenizer_config.json",
                                        std::move(config));
  }
}

/// Of tokenizer_config.json what tokenizers ask for; it may have much more,
/// such as a template. Empty when nothing is left.
std::string FolderTexts::tokenizer_config_text() const {
  PlainJson kept = PlainJson::object();
  for (const char* key : {"bos_token", "eos_token"}) {
    const std::string token = token_text(key);
    if (!token.empty()) kept[key] = token;
  }
  const auto adds_bos = tokenizer_config_.find("add_bos_token");
  if (adds_bos != tokenizer_config_.end() && adds_bos->is_boolean()) {
    kept["add_bos_token"] = *adds_bos;
  }
  const auto added = tokenizer_config_.find("added_tokens_decoder");
  const bool is_in_tokenizer = folder_has(folder_, "tokenizer.json");
  if (added != tokenizer_config_.end() && !is_in_tokenizer) {
    kept["added_tokens_decoder"] = *added;
  }
  if (kept.empty()) return {};
  return kept.dump(-1, ' ', false, PlainJson::error_handler_t::replace);
}

/// A token as the configuration spells it: a text, or an object with one.
std::string FolderTexts::token_text(const char* key) const {
  for (const PlainJson* file : Files{&tokenizer_config_, &special_tokens_}) {
    auto token = file->find(key);
    if (token == file->end()) continue;
    if (token->is_object() && token->contains("content")) {
      token = token->find("content");
    }
    if (token->is_string()) return token->get<std::string>();
  }
  return {};
}

std::optional<std::int64_t> FolderTexts::id_of(const std::string& piece) const {
  if (piece.empty()) return std::nullopt;
  const auto id = tokenizer_->piece_to_id(piece);
  if (!id.ok()) return std::nullopt;
  return static_cast<std::int64_t>(*id);
}

/// Whether decoding leaves the token out on request.
bool FolderTexts::is_special(const std::string& piece) const {
  const auto id = id_of(piece);
  if (!id) return false;
  const auto text = tokenizer_->decode(tokenizers::Tokenizer::kNoToken,
                                       static_cast<std::uint64_t>(*id),
                                       /*skip_special_tokens=*/true);
  return text.ok() && text->empty();
}

/// The template called "default", or the first, of a list of named ones.
std::string choose_template(const PlainJson& value) {
  if (value.is_string()) return value.get<std::string>();
  std::string chosen;
  if (!value.is_array()) return chosen;
  for (const PlainJson& entry : value) {
    if (!entry.is_object()) continue;
    const auto name = entry.find("name");
    const auto text = entry.find("template");
    if (text == entry.end() || !text->is_string()) continue;
    const bool is_default = name != entry.end() && *name == "default";
    if (chosen.empty() || is_default) chosen = text->get<std::string>();
    if (is_default) break;
  }
  return chosen;
}

void FolderTexts::read_chat_template() {
  texts_.chat_template = text("chat_template.jinja");
  if (!texts_.chat_template.empty()) return;
  const PlainJson file = json("chat_template.json");
  for (const PlainJson* config : Files{&file, &tokenizer_config_}) {
    const auto value = config->find("chat_template");
    if (value == config->end()) continue;
    texts_.chat_template = choose_template(*value);
    if (!texts_.chat_template.empty()) return;
  }
}

void FolderTexts::read_sampling() {
  auto defaults = read_sampling_defaults(
      generation_, file_in_folder(folder_, "generation_config.json"));
  if (!defaults.ok()) return fail(defaults.status());
  texts_.sampling = *defaults;
}

void FolderTexts::add_eos(std::int64_t id) {
  auto& eos = texts_.eos;
  if (std::find(eos.begin(), eos.end(), id) == eos.end()) eos.push_back(id);
}

void FolderTexts::read_ids() {
  const PlainJson config(config_);
  const auto inner = config.find("text_config");
  const PlainJson no_config = PlainJson::object();
  const PlainJson& text_config =
      inner != config.end() && inner->is_object() ? *inner : no_config;

  texts_.bos = id_of(token_text("bos_token"));
  for (const PlainJson* file : Files{&generation_, &config, &text_config}) {
    if (texts_.bos) break;
    const auto ids = token_ids(*file, "bos_token_id");
    if (!ids.empty()) texts_.bos = ids[0];
  }
  for (const PlainJson* file : Files{&generation_, &config, &text_config}) {
    for (const auto id : token_ids(*file, "eos_token_id")) add_eos(id);
  }
  if (const auto id = id_of(token_text("eos_token"))) add_eos(*id);
  for (const std::string_view piece : end_of_turn_pieces()) {
    const std::string name(piece);
    const auto id = id_of(name);
    if (id && id != texts_.bos && is_special(name)) add_eos(*id);
  }
}

}  // namespace

Result<ModelTexts> read_folder_texts(const std::string& folder,
                                     const Json& config) {
  return FolderTexts(folder, config).read();
}

}  // namespace etllm::importer
