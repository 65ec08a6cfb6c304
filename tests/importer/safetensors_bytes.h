#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "importer/gguf_bytes.h"

namespace etllm::importer {

/// Assembles a safetensors file by hand, right or wrong. Setting a tensor again
/// replaces it.
class SafetensorsBytes {
 public:
  void set(std::string_view name, std::string_view type,
           const std::vector<std::uint64_t>& shape, std::string data) {
    erase(name);
    tensors_.push_back(
        {std::string(name), std::string(type), shape, std::move(data)});
  }
  /// All values the same.
  void set_f32(std::string_view name, const std::vector<std::uint64_t>& shape,
               float value = 0.5F) {
    std::uint64_t count = 1;
    for (const std::uint64_t extent : shape) count *= extent;
    std::string data;
    for (std::uint64_t i = 0; i < count; ++i) data += raw(value);
    set(name, "F32", shape, std::move(data));
  }
  void erase(std::string_view name) {
    std::erase_if(tensors_, [&](const Entry& e) { return e.name == name; });
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const Entry& entry : tensors_) names.push_back(entry.name);
    return names;
  }

  std::string bytes() const {
    std::string header = R"({"__metadata__":{"format":"pt"})";
    std::string data;
    for (const Entry& entry : tensors_) {
      header += ",\"" + entry.name + R"(":{"dtype":")" + entry.type +
                R"(","shape":)" + list(entry.shape) + R"(,"data_offsets":)" +
                list({data.size(), data.size() + entry.data.size()}) + "}";
      data += entry.data;
    }
    return with_header(header + "}", data);
  }

  static std::string with_header(const std::string& header,
                                 const std::string& data) {
    return raw<std::uint64_t>(header.size()) + header + data;
  }

 private:
  struct Entry {
    std::string name;
    std::string type;
    std::vector<std::uint64_t> shape;
    std::string data;
  };

  static std::string list(const std::vector<std::uint64_t>& numbers) {
    std::string text;
    for (const std::uint64_t number : numbers) {
      text += (text.empty() ? "" : ",") + std::to_string(number);
    }
    return "[" + text + "]";
  }

  std::vector<Entry> tensors_;
};

}  // namespace etllm::importer
