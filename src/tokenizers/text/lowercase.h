#pragma once

#include <string>

namespace tokenizers::pipeline {

/// The lower case of each character of `text` by itself: a sigma at the end of
/// a word is an ordinary one.
void to_lowercase(std::string& text);

}  // namespace tokenizers::pipeline
