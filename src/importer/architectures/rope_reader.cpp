#include "importer/architectures/rope_reader.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "importer/architectures/rope_frequencies.h"
#include "importer/tensors/matrix_converter.h"

namespace etllm::importer {
namespace {

// Real models start at one radian per token and go down from there.
constexpr float kMaxFrequency = 1e3F;
constexpr double kMaxNumber = 1e12;

/// Reads one rope; members are what its scaling says.
class RopeReader {
 public:
  RopeReader(const Json& rope, const ModelSource& source,
             const DecoderShape& shape, Expressions& values,
             TensorReader& tensors)
      : rope_(rope),
        source_(source),
        shape_(shape),
        values_(values),
        tensors_(tensors) {}

  RopeParameters read() {
    theta_ = positive(rope_["theta"], 10'000);
    read_size();
    const auto pairs = values_.evaluate(rope_["pairs"]);
    out_.interleaved = pairs && is_true(*pairs);
    find_scaling();
    if (!tensors_.status().ok()) return {};
    scale(type_);
    check();
    return std::move(out_);
  }

 private:
  void fail(Status status) { tensors_.fail(std::move(status)); }

  double positive(const Json& expression, double fallback) {
    const auto value = values_.evaluate(expression);
    fail(values_.status());
    if (!value) return fallback;
    return checked(*value, values_.origin_text());
  }

  double checked(const Json& value, const std::string& origin) {
    const double number = value.is_number() ? value.get<double>() : 0;
    if (number > 0 && number < kMaxNumber) return number;
    fail(invalid_data(origin + " is " + value.dump() +
                      ", expected a positive number; convert the model again"));
    return 1;
  }

  void read_size() {
    const double size = positive(rope_["size"], shape_.head_size);
    size_ = size > shape_.head_size ? 0 : static_cast<std::uint32_t>(size);
    if (size_ != 0 && size_ % 2 == 0) return;
    fail(invalid_data(
        tensors_.file_text() + "a rotation of " +
        std::to_string(static_cast<std::int64_t>(size)) + " of the " +
        std::to_string(shape_.head_size) +
        " values of a head is impossible; convert the model again"));
  }

  bool is_gguf() const { return source_.kind() == SourceKind::kGguf; }

  /// What kind of scaling there is, and where its numbers are.
  void find_scaling() {
    const auto scaling = values_.evaluate(rope_["scaling"]);
    is_scaled_ = !scaling || *scaling != false;
    if (!is_scaled_) return;
    if (is_gguf()) {
      if (scaling && scaling->is_string()) type_ = scaling->get<std::string>();
      read_tensor_factors();
      return;
    }
    if (!scaling || !scaling->is_object()) return;
    scaling_ = *scaling;
    for (const char* name : {"rope_type", "type"}) {
      const auto type = scaling_.find(name);
      if (type == scaling_.end() || !type->is_string()) continue;
      type_ = type->get<std::string>();
      return;
    }
  }

  /// GGUF files have factors of Llama 3 and of LongRoPE as tensors.
  void read_tensor_factors() {
    factors_ = read_factors("rope_freqs.weight");
    short_factors_ = read_factors("rope_factors_short.weight");
    long_factors_ = read_factors("rope_factors_long.weight");
    if (!long_factors_.empty() && type_ == "default") type_ = "longrope";
  }

  std::vector<float> read_factors(const char* name) {
    const SourceTensor* tensor = source_.find_tensor(name);
    if (tensor == nullptr || !tensors_.status().ok()) return {};
    tensors_.use(*tensor);
    if (tensor->shape != std::vector<std::uint64_t>{size_ / 2}) {
      fail(invalid_data(tensor->text() + " has shape " + tensor->shape_text() +
                        ", expected [" + std::to_string(size_ / 2) +
                        "]; convert the model again"));
      return {};
    }
    Result<std::vector<float>> factors = read_floats(*tensor);
    if (!factors.ok()) {
      fail(factors.status());
      return {};
    }
    check_factors(*factors, tensor->text());
    return std::move(*factors);
  }

  void check_factors(const std::vector<float>& factors,
                     const std::string& origin) {
    const bool positive = std::all_of(factors.begin(), factors.end(),
                                      [](float f) { return f > 0; });
    if (positive) return;
    fail(invalid_data(origin +
                      " holds factors that are not positive; convert the model "
                      "again"));
  }

  /// A number of the scaling, under its name in config.json or in GGUF.
  double number(const char* name, const char* gguf_name, double fallback) {
    if (is_gguf()) {
      return positive(std::string("rope.scaling.") + gguf_name, fallback);
    }
    const auto found = scaling_.find(name);
    if (found == scaling_.end() || found->is_null()) return fallback;
    const double value = checked(
        *found, "'" + source_.config_path() + "': " + name + " of the rope");
    return static_cast<double>(static_cast<float>(value));
  }

  std::vector<float> list(const char* name) {
    std::vector<float> factors;
    const auto found = scaling_.find(name);
    const std::string origin = "'" + source_.config_path() + "': " + name;
    if (found != scaling_.end() && found->is_array()) {
      for (const Json& factor : *found) {
        factors.push_back(static_cast<float>(checked(factor, origin)));
      }
    }
    if (factors.size() != size_ / 2) {
      fail(invalid_data(origin + " has " + std::to_string(factors.size()) +
                        " factors, expected " + std::to_string(size_ / 2) +
                        "; correct the configuration"));
    }
    return factors;
  }

  double original_context() {
    const double own = number("original_max_position_embeddings",
                              "original_context_length", 0);
    if (own > 0) return own;
    return positive("original_max_position_embeddings", shape_.context_tokens);
  }

  void scale(const std::string& type) {
    if (type == "default" || type == "none") return plain(1);
    if (type == "linear") return plain(number("factor", "factor", 1));
    if (type == "llama3") return llama3();
    if (type == "yarn") return yarn();
    if (type == "longrope" || type == "su") return longrope();
    fail(not_supported("'" + source_.config_path() +
                       "': rope scaling of type " + in_quotes(type) +
                       " cannot be imported; linear, llama3, yarn and "
                       "longrope can"));
  }

  void plain(double divisor) {
    // How older GGUF files spelled a linear scaling.
    if (is_gguf() && is_scaled_ && type_ != "linear") {
      divisor = positive("rope.scale_linear", divisor);
    }
    out_.inverse_frequencies =
        rope_frequencies(theta_, size_, divisor, factors_);
  }

  void llama3() {
    Llama3Scaling scaling;
    scaling.factor = number("factor", "factor", scaling.factor);
    scaling.low_frequency_factor =
        number("low_freq_factor", "low_freq_factor", 1);
    scaling.high_frequency_factor =
        number("high_freq_factor", "high_freq_factor", 4);
    scaling.original_context = original_context();
    if (factors_.empty()) factors_ = llama3_factors(theta_, size_, scaling);
    out_.inverse_frequencies = rope_frequencies(theta_, size_, 1, factors_);
  }

  void yarn() {
    YarnScaling scaling;
    scaling.original_context = original_context();
    scaling.factor = number("factor", "factor",
                            shape_.context_tokens / scaling.original_context);
    scaling.beta_fast = number("beta_fast", "yarn_beta_fast", 32);
    scaling.beta_slow = number("beta_slow", "yarn_beta_slow", 1);
    const auto truncate = scaling_.find("truncate");
    scaling.truncates = truncate == scaling_.end() || is_true(*truncate);
    out_.inverse_frequencies = yarn_frequencies(theta_, size_, scaling);
    const double multiplier = number("mscale", "", 0);
    const double over_all = number("mscale_all_dim", "", 0);
    double magnitude = yarn_magnitude(scaling.factor, 1);
    if (multiplier > 0 && over_all > 0) {
      magnitude = yarn_magnitude(scaling.factor, multiplier) /
                  yarn_magnitude(scaling.factor, over_all);
    }
    out_.magnitude =
        static_cast<float>(number("attention_factor", "", magnitude));
  }

  void longrope() {
    if (!is_gguf()) {
      short_factors_ = list("short_factor");
      long_factors_ = list("long_factor");
    }
    const double original = original_context();
    const double stretch =
        number("factor", "", shape_.context_tokens / original);
    const double magnitude =
        stretch <= 1 ? 1
                     : std::sqrt(1 + std::log(stretch) / std::log(original));
    out_.magnitude = static_cast<float>(
        number("attention_factor", "attn_factor", magnitude));
    if (!tensors_.status().ok()) return;
    out_.inverse_frequencies =
        rope_frequencies(theta_, size_, 1, short_factors_);
    out_.long_inverse_frequencies =
        rope_frequencies(theta_, size_, 1, long_factors_);
    out_.short_positions = static_cast<std::uint32_t>(original);
  }

  void check() {
    for (const auto* list :
         {&out_.inverse_frequencies, &out_.long_inverse_frequencies}) {
      for (const float frequency : *list) {
        if (frequency <= kMaxFrequency && frequency >= 0) continue;
        fail(invalid_data(tensors_.file_text() +
                          "the rope parameters give impossible "
                          "frequencies; convert the model again"));
        return;
      }
    }
  }

  const Json& rope_;
  const ModelSource& source_;
  const DecoderShape& shape_;
  Expressions& values_;
  TensorReader& tensors_;
  RopeParameters out_;
  double theta_ = 10'000;
  std::uint32_t size_ = 0;
  bool is_scaled_ = true;
  std::string type_ = "default";
  Json scaling_ = Json::object();
  std::vector<float> factors_;
  std::vector<float> short_factors_;
  std::vector<float> long_factors_;
};

}  // namespace

RopeParameters read_rope(const Json& rope, const ModelSource& source,
                         const DecoderShape& shape, Expressions& values,
                         TensorReader& tensors) {
  return RopeReader(rope, source, shape, values, tensors).read();
}

}  // namespace etllm::importer
