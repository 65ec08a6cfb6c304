#include "operators/golden_cases.h"

#include <executorch/runtime/core/exec_aten/util/scalar_type_util.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>

#include "kernels/formats/half.h"

namespace etllm::operators {
namespace {

using nlohmann::json;

std::vector<std::byte> read_file(const std::string& name) {
  std::ifstream file(
      std::string(ETLLM_SOURCE_DIR "/tests/golden/llama_ops/") + name,
      std::ios::binary);
  const std::vector<char> chars{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::byte> bytes(chars.size());
  std::memcpy(bytes.data(), chars.data(), chars.size());
  return bytes;
}

const std::vector<std::byte>& expected_bytes() {
  static const std::vector<std::byte> bytes = read_file("expected.bin");
  return bytes;
}

ScalarType type_named(const std::string& name) {
  static const std::map<std::string, ScalarType> types = {
      {"f32", ScalarType::Float},     {"f16", ScalarType::Half},
      {"bf16", ScalarType::BFloat16}, {"f64", ScalarType::Double},
      {"i8", ScalarType::Char},       {"u8", ScalarType::Byte},
      {"i64", ScalarType::Long}};
  return types.at(name);
}

/// The script's `noise`.
float noise(std::uint64_t seed, std::uint64_t index) {
  std::uint64_t z = (seed << 32) + index;
  z = (z + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  z = z ^ (z >> 31);
  return static_cast<float>(z >> 40) / 0x1p23f - 1.0f;
}

std::uint16_t to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >>
                                    16);
}

template <class T>
void put(TestTensor& tensor, std::size_t index, T value) {
  std::memcpy(tensor.bytes.data() + index * sizeof value, &value, sizeof value);
}

void fill_with_noise(TestTensor& tensor, const json& description) {
  const auto seed = description["seed"].get<std::uint64_t>();
  const auto scale = description["scale"].get<float>();
  const std::size_t size = executorch::runtime::elementSize(tensor.type);
  for (std::size_t i = 0; i < tensor.bytes.size() / size; ++i) {
    const float value = noise(seed, i) * scale;
    switch (tensor.type) {
      case ScalarType::Half:
        put(tensor, i, kernels::float_to_half(value));
        break;
      case ScalarType::BFloat16:
        put(tensor, i, to_bfloat16(value));
        break;
      case ScalarType::Double:
        put(tensor, i, double{value});
        break;
      case ScalarType::Char:
        put(tensor, i, static_cast<std::int8_t>(std::floor(value)));
        break;
      default:
        put(tensor, i, value);
    }
  }
}

TestTensor tensor_of(const json& description) {
  TestTensor tensor =
      empty_tensor(description["sizes"].get<std::vector<SizesType>>(),
                   type_named(description["dtype"]));
  if (description.contains("seed")) {
    fill_with_noise(tensor, description);
  } else if (!tensor.bytes.empty()) {
    const auto offset = description["offset"].get<std::size_t>();
    std::memcpy(tensor.bytes.data(), expected_bytes().data() + offset,
                tensor.bytes.size());
  }
  return tensor;
}

void add_argument(OperatorCall& call, const json& argument) {
  if (argument.is_null()) {
    call.add(EValue());
  } else if (argument.is_boolean()) {
    call.add(EValue(argument.get<bool>()));
  } else if (argument.is_number_integer()) {
    call.add(EValue(argument.get<std::int64_t>()));
  } else if (argument.is_string()) {
    call.add(argument.get<std::string>());
  } else if (argument.contains("double")) {
    call.add(EValue(argument["double"].get<double>()));
  } else {
    call.add(tensor_of(argument));
  }
}

GoldenCase case_of(const json& description) {
  GoldenCase result;
  result.name = description["name"];
  result.op = description["operator"];
  result.arguments = description["arguments"];
  result.tolerance = description["tolerance"];
  for (const json& output : description["outputs"]) {
    result.outputs.push_back(tensor_of(output));
  }
  for (const auto& [index, tensor] : description["mutated"].items()) {
    result.mutated.emplace_back(std::stoul(index), tensor_of(tensor));
  }
  return result;
}

double number_at(const std::byte* data, ScalarType type, std::size_t index) {
  const auto read = [&]<class T>(T value) {
    std::memcpy(&value, data + index * sizeof value, sizeof value);
    return value;
  };
  switch (type) {
    case ScalarType::Half:
      return kernels::half_to_float(read(std::uint16_t{}));
    case ScalarType::BFloat16:
      return std::bit_cast<float>(std::uint32_t{read(std::uint16_t{})} << 16);
    case ScalarType::Double:
      return read(double{});
    case ScalarType::Char:
      return read(std::int8_t{});
    default:
      return read(float{});
  }
}

std::vector<double> numbers_at(const std::byte* data, ScalarType type,
                               std::size_t count) {
  std::vector<double> result;
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back(number_at(data, type, i));
  }
  return result;
}

}  // namespace

TestTensor empty_tensor(std::vector<SizesType> sizes, ScalarType type) {
  std::size_t count = executorch::runtime::elementSize(type);
  for (const SizesType size : sizes) count *= static_cast<std::size_t>(size);
  return {std::move(sizes), type, std::vector<std::byte>(count)};
}

OperatorCall GoldenCase::call() const {
  OperatorCall call;
  for (const json& argument : arguments) add_argument(call, argument);
  for (const TestTensor& output : outputs) {
    std::vector<SizesType> bound = output.sizes;
    if (!bound.empty()) bound[0] += 1;
    call.add(empty_tensor(bound, output.type));
  }
  // A cache operator's placeholder.
  if (outputs.empty()) call.add(empty_tensor({1}, ScalarType::Float));
  return call;
}

const std::vector<GoldenCase>& golden_cases() {
  static const std::vector<GoldenCase> cases = [] {
    const auto bytes = read_file("cases.json");
    const auto* text = reinterpret_cast<const char*>(bytes.data());
    std::vector<GoldenCase> result;
    for (const json& description : json::parse(text, text + bytes.size())) {
      result.push_back(case_of(description));
    }
    return result;
  }();
  return cases;
}

std::vector<double> numbers(const executorch::aten::Tensor& tensor) {
  return numbers_at(static_cast<const std::byte*>(tensor.const_data_ptr()),
                    tensor.scalar_type(),
                    static_cast<std::size_t>(tensor.numel()));
}

std::vector<double> numbers(const TestTensor& tensor) {
  return numbers_at(
      tensor.bytes.data(), tensor.type,
      tensor.bytes.size() / executorch::runtime::elementSize(tensor.type));
}

}  // namespace etllm::operators
