#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace etllm::importer {

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// The bytes of a number, as the file has them.
template <typename T>
std::string raw(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

inline std::string raw_string(std::string_view text) {
  return raw<std::uint64_t>(text.size()) + std::string(text);
}

/// Assembles a GGUF file by hand, right or wrong. Setting a key or a tensor
/// again replaces it.
class GgufBytes {
 public:
  std::uint32_t version = 3;
  std::uint64_t alignment = 32;

  void set_u32(std::string_view key, std::uint32_t value) {
    set(key, raw<std::uint32_t>(4) + raw(value));
  }
  void set_f32(std::string_view key, float value) {
    set(key, raw<std::uint32_t>(6) + raw(value));
  }
  void set_string(std::string_view key, std::string_view value) {
    set(key, raw<std::uint32_t>(8) + raw_string(value));
  }
  void set_strings(std::string_view key,
                   const std::vector<std::string>& values) {
    std::string bytes = raw<std::uint32_t>(9) + raw<std::uint32_t>(8) +
                        raw<std::uint64_t>(values.size());
    for (const std::string& value : values) bytes += raw_string(value);
    set(key, bytes);
  }
  /// `value`: type number and payload.
  void set(std::string_view key, std::string value) {
    replace(keys_, Entry{std::string(key), std::move(value), ""});
  }
  void erase(std::string_view key) {
    std::erase_if(keys_, [&](const Entry& e) { return e.name == key; });
  }

  void set_tensor(std::string_view name, const std::vector<std::uint64_t>& dims,
                  std::uint32_t type, std::string data) {
    std::string info = raw(static_cast<std::uint32_t>(dims.size()));
    for (const std::uint64_t dim : dims) info += raw(dim);
    info += raw(type);
    replace(tensors_, Entry{std::string(name), info, std::move(data)});
  }
  /// All values the same.
  void set_f32_tensor(std::string_view name,
                      const std::vector<std::uint64_t>& dims,
                      float value = 0.5F) {
    std::uint64_t count = 1;
    for (const std::uint64_t dim : dims) count *= dim;
    std::string data;
    for (std::uint64_t i = 0; i < count; ++i) data += raw(value);
    set_tensor(name, dims, 0, std::move(data));
  }
  void erase_tensor(std::string_view name) {
    std::erase_if(tensors_, [&](const Entry& e) { return e.name == name; });
  }

  std::string bytes() const {
    std::string out = "GGUF" + raw(version) +
                      raw<std::uint64_t>(tensors_.size()) +
                      raw<std::uint64_t>(keys_.size());
    for (const Entry& key : keys_) out += raw_string(key.name) + key.value;
    std::string data;
    for (const Entry& tensor : tensors_) {
      data.resize((data.size() + alignment - 1) / alignment * alignment);
      out += raw_string(tensor.name) + tensor.value +
             raw<std::uint64_t>(data.size());
      data += tensor.data;
    }
    out.resize((out.size() + alignment - 1) / alignment * alignment);
    return out + data;
  }

 private:
  struct Entry {
    std::string name;
    std::string value;
    std::string data;
  };

  static void replace(std::vector<Entry>& entries, Entry entry) {
    for (Entry& old : entries) {
      if (old.name != entry.name) continue;
      old = std::move(entry);
      return;
    }
    entries.push_back(std::move(entry));
  }

  std::vector<Entry> keys_;
  std::vector<Entry> tensors_;
};

/// A model of one layer that can be imported: hidden size 4, two heads, one of
/// keys and values, 6 tokens.
inline GgufBytes tiny_llama() {
  GgufBytes file;
  file.set_string("general.architecture", "llama");
  file.set_string("general.name", "Tiny");
  file.set_u32("llama.block_count", 1);
  file.set_u32("llama.context_length", 32);
  file.set_u32("llama.embedding_length", 4);
  file.set_u32("llama.feed_forward_length", 5);
  file.set_u32("llama.attention.head_count", 2);
  file.set_u32("llama.attention.head_count_kv", 1);
  file.set_f32("llama.attention.layer_norm_rms_epsilon", 1e-5F);
  file.set_string("tokenizer.ggml.model", "gpt2");
  file.set_string("tokenizer.ggml.pre", "smollm");
  file.set_strings("tokenizer.ggml.tokens", {"<s>", "</s>", "a", "b", "ab"});
  file.set_strings("tokenizer.ggml.merges", {"a b"});
  file.set_u32("tokenizer.ggml.bos_token_id", 0);
  file.set_u32("tokenizer.ggml.eos_token_id", 1);
  file.set_f32_tensor("token_embd.weight", {4, 6});
  file.set_f32_tensor("output_norm.weight", {4});
  file.set_f32_tensor("blk.0.attn_norm.weight", {4});
  file.set_f32_tensor("blk.0.attn_q.weight", {4, 4});
  file.set_f32_tensor("blk.0.attn_k.weight", {4, 2});
  file.set_f32_tensor("blk.0.attn_v.weight", {4, 2});
  file.set_f32_tensor("blk.0.attn_output.weight", {4, 4});
  file.set_f32_tensor("blk.0.ffn_norm.weight", {4});
  file.set_f32_tensor("blk.0.ffn_gate.weight", {4, 5});
  file.set_f32_tensor("blk.0.ffn_up.weight", {4, 5});
  file.set_f32_tensor("blk.0.ffn_down.weight", {5, 4});
  return file;
}

}  // namespace etllm::importer
