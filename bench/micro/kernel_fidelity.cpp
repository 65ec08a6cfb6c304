// What 8-bit activations cost: the perplexity of a text with the reference
// kernels (f32 activations) and with those that the machine would choose.
//
//   etllm_kernel_fidelity MODEL.pte TEXT [WINDOWS]

#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/extension/llm/runner/text_decoder_runner.h>
#include <executorch/extension/tensor/tensor.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/dispatch/select.h"
#include "runner/assemble_runner.h"

namespace etllm::bench {
namespace {

namespace llm = executorch::extension::llm;

constexpr std::size_t kWindow = 512;

/// Log-probabilities of all tokens.
std::vector<double> log_softmax(std::span<const float> logits) {
  const double largest = *std::ranges::max_element(logits);
  double total = 0;
  for (const float logit : logits) total += std::exp(logit - largest);
  const double offset = largest + std::log(total);
  std::vector<double> out;
  out.reserve(logits.size());
  for (const float logit : logits) out.push_back(logit - offset);
  return out;
}

struct Totals {
  double reference_loss = 0;
  double loss = 0;
  double divergence = 0;
  std::size_t tokens = 0;
};

class Comparison {
 public:
  bool open(const std::string& path) {
    auto module = runner::open_module({path, {}});
    if (!module.ok()) return false;
    module_ = *std::move(module);
    io_manager_ = std::make_unique<llm::IOManager>(*module_);
    decoder_ = std::make_unique<llm::TextDecoderRunner>(module_.get(),
                                                        io_manager_.get());
    return decoder_->load() == executorch::runtime::Error::Ok;
  }

  /// Both kernels read the window token by token from an empty context.
  void add(std::span<const std::uint64_t> window, Totals& totals) {
    static_cast<void>(kernels::select_kernels("float"));
    std::vector<std::vector<double>> reference;
    run(window, [&](std::size_t, std::vector<double> logs) {
      reference.push_back(std::move(logs));
    });
    static_cast<void>(kernels::select_kernels("auto"));
    run(window, [&](std::size_t i, const std::vector<double>& logs) {
      const std::size_t next = window[i + 1];
      totals.reference_loss -= reference[i][next];
      totals.loss -= logs[next];
      for (std::size_t id = 0; id < logs.size(); ++id) {
        totals.divergence +=
            std::exp(reference[i][id]) * (reference[i][id] - logs[id]);
      }
      ++totals.tokens;
    });
  }

 private:
  template <typename Use>
  void run(std::span<const std::uint64_t> window, Use use) {
    std::int64_t token = 0;
    auto tensor = executorch::extension::from_blob(
        &token, {1, 1}, executorch::aten::ScalarType::Long);
    for (std::size_t i = 0; i + 1 < window.size(); ++i) {
      token = static_cast<std::int64_t>(window[i]);
      const auto logits = decoder_->step(tensor, static_cast<std::int64_t>(i));
      if (!logits.ok()) std::exit(1);
      use(i, log_softmax({logits->const_data_ptr<float>(),
                          static_cast<std::size_t>(logits->numel())}));
    }
  }

  std::unique_ptr<executorch::extension::Module> module_;
  std::unique_ptr<llm::IOManager> io_manager_;
  std::unique_ptr<llm::TextDecoderRunner> decoder_;
};

int run(const std::string& model, const std::string& text_path, int windows) {
  std::ifstream file(text_path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto tokenizer = llm::load_tokenizer(model);
  Comparison comparison;
  if (tokenizer == nullptr || !comparison.open(model)) return 1;
  const auto tokens = tokenizer->encode(text);
  if (!tokens.ok()) return 1;
  Totals totals;
  for (std::size_t begin = 0; begin + kWindow <= tokens->size() && windows > 0;
       begin += kWindow, --windows) {
    comparison.add(std::span(*tokens).subspan(begin, kWindow), totals);
  }
  const auto count = static_cast<double>(totals.tokens);
  const double reference = std::exp(totals.reference_loss / count);
  const double perplexity = std::exp(totals.loss / count);
  std::printf("| kernels | tokens | perplexity | change | KL divergence |\n");
  std::printf("| --- | --- | --- | --- | --- |\n");
  std::printf("| float | %zu | %.4f | | |\n", totals.tokens, reference);
  std::printf("| %s | %zu | %.4f | %+.3f%% | %.6f |\n",
              kernels::active_kernels().name, totals.tokens, perplexity,
              100 * (perplexity / reference - 1), totals.divergence / count);
  return 0;
}

}  // namespace
}  // namespace etllm::bench

int main(int argc, char** argv) {
  if (argc == 3 || argc == 4) {
    return etllm::bench::run(argv[1], argv[2],
                             argc == 4 ? std::atoi(argv[3]) : 8);
  }
  std::fprintf(stderr, "usage: %s MODEL.pte TEXT [WINDOWS]\n", argv[0]);
  return 2;
}
