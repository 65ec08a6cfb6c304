// A program of somebody else's that wants no runner: runs the method `forward`
// of the model in argv[1] on the token ids in argv[2 ..] with the SDK's Module
// alone, and prints the likeliest next id. Nothing here names a library of
// operators.

#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <vector>

using executorch::extension::make_tensor_ptr;
using executorch::extension::Module;

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  std::vector<std::int64_t> ids;
  for (int i = 2; i < argc; ++i) ids.push_back(std::atoll(argv[i]));
  const auto count = static_cast<executorch::aten::SizesType>(ids.size());
  const auto tokens = make_tensor_ptr({1, count}, std::move(ids));
  const auto start_pos = make_tensor_ptr(std::vector<std::int64_t>{0});
  Module module(argv[1]);
  const auto outputs = module.forward({tokens, start_pos});
  if (!outputs.ok()) return 1;
  const auto logits = outputs->at(0).toTensor();
  const auto* const end = logits.const_data_ptr<float>() + logits.numel();
  const auto* const last = end - logits.size(logits.dim() - 1);
  std::cout << std::max_element(last, end) - last << '\n';
  return 0;
}
