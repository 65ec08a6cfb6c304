#include "program/program_builder.h"

#include <algorithm>
#include <utility>

#include "base/file_writer.h"
#include "program/method_memory.h"
#include "program/model_validation.h"
#include "program/program_layout.h"
#include "program/program_model.h"
#include "program/program_serializer.h"

namespace etllm::program {
namespace {

std::uint32_t find_or_add_operator(MethodModel& method, OperatorName name) {
  const auto found =
      std::find(method.operators.begin(), method.operators.end(), name);
  const auto index =
      static_cast<std::uint32_t>(found - method.operators.begin());
  if (found == method.operators.end()) {
    method.operators.push_back(std::move(name));
  }
  return index;
}

ValueId add_value(MethodModel& method, MethodValue value) {
  method.values.push_back(std::move(value));
  return static_cast<ValueId>(method.values.size() - 1);
}

/// Writes the data of a program in order and tells how far it is.
class DataWriter {
 public:
  DataWriter(FileWriter& file, std::uint64_t total_bytes,
             const ProgressCallback& progress)
      : file_(file), total_bytes_(total_bytes), progress_(progress) {}

  /// Appends all bytes of `data` at the next multiple of `alignment`; `title`
  /// names them in a sentence.
  Status append(const ConstantData& data, std::uint64_t alignment,
                const std::string& title) {
    Status status = file_.pad_to(alignment);
    if (!status.ok() || data.size_bytes == 0) return status;
    std::uint64_t missing = data.size_bytes;
    status = data.write([&](std::span<const std::byte> piece) -> Status {
      if (piece.size() > missing) return wrong_size(data, title);
      missing -= piece.size();
      Status written = file_.append(piece);
      return written.ok() ? report() : written;
    });
    if (!status.ok()) return status;
    return missing == 0 ? Status() : wrong_size(data, title);
  }

 private:
  Status report() const {
    if (!progress_ || progress_(file_.position(), total_bytes_)) return {};
    return {StatusCode::kCancelled, "the program was not written: cancelled"};
  }

  static Status wrong_size(const ConstantData& data, const std::string& title) {
    return invalid_argument(title + " does not give the " +
                            std::to_string(data.size_bytes) +
                            " bytes that it announced");
  }

  FileWriter& file_;
  std::uint64_t total_bytes_;
  const ProgressCallback& progress_;
};

}  // namespace

ConstantData ConstantData::from_bytes(std::span<const std::byte> bytes) {
  auto copy =
      std::make_shared<std::vector<std::byte>>(bytes.begin(), bytes.end());
  const std::uint64_t size = copy->size();
  return {size, [copy = std::move(copy)](const ByteSink& sink) {
            return sink(*copy);
          }};
}

ConstantData ConstantData::from_string(std::string text) {
  return from_bytes(std::as_bytes(std::span(text)));
}

ValueId MethodBuilder::add_null() {
  return add_value(model_, std::monostate());
}

ValueId MethodBuilder::add_int(std::int64_t value) {
  return add_value(model_, value);
}

ValueId MethodBuilder::add_double(double value) {
  return add_value(model_, value);
}

ValueId MethodBuilder::add_bool(bool value) { return add_value(model_, value); }

ValueId MethodBuilder::add_input(TensorSpec spec) {
  const ValueId id =
      add_value(model_, TensorValue{std::move(spec), TensorRole::kInput});
  model_.inputs.push_back(id);
  return id;
}

ValueId MethodBuilder::add_activation(TensorSpec spec) {
  return add_value(model_,
                   TensorValue{std::move(spec), TensorRole::kActivation});
}

ValueId MethodBuilder::add_mutable_buffer(TensorSpec spec) {
  return add_value(model_,
                   TensorValue{std::move(spec), TensorRole::kMutableBuffer});
}

ValueId MethodBuilder::add_constant(ConstantId constant, TensorSpec spec) {
  return add_value(
      model_, TensorValue{std::move(spec), TensorRole::kConstant, constant});
}

void MethodBuilder::call(std::string_view op_name, std::string_view overload,
                         std::vector<ValueId> args) {
  const std::uint32_t index = find_or_add_operator(
      model_, {std::string(op_name), std::string(overload)});
  model_.calls.push_back({index, std::move(args)});
}

void MethodBuilder::add_output(ValueId value) {
  model_.outputs.push_back(value);
}

ProgramBuilder::ProgramBuilder() : model_(std::make_unique<ProgramModel>()) {}

ProgramBuilder::~ProgramBuilder() = default;

MethodBuilder& ProgramBuilder::add_method(std::string name) {
  MethodModel& method = model_->methods.emplace_back();
  method.name = std::move(name);
  methods_.push_back(std::unique_ptr<MethodBuilder>(new MethodBuilder(method)));
  return *methods_.back();
}

void ProgramBuilder::add_constant_method(std::string name,
                                         ConstantValue value) {
  MethodBuilder& method = add_method(std::move(name));
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    method.add_output(method.add_int(*integer));
  } else if (const auto* number = std::get_if<double>(&value)) {
    method.add_output(method.add_double(*number));
  } else if (const auto* boolean = std::get_if<bool>(&value)) {
    method.add_output(method.add_bool(*boolean));
  } else {
    for (const std::int64_t item : std::get<std::vector<std::int64_t>>(value)) {
      method.add_output(method.add_int(item));
    }
  }
}

ConstantId ProgramBuilder::add_constant(ConstantData data) {
  model_->constants.push_back(std::move(data));
  return static_cast<ConstantId>(model_->constants.size() - 1);
}

void ProgramBuilder::add_named_data(std::string key, ConstantData data) {
  model_->named_data.push_back({std::move(key), std::move(data)});
}

Status ProgramBuilder::write(const std::string& path,
                             const ProgressCallback& progress) const {
  Status status = validate_model(*model_);
  if (!status.ok()) return status;
  const auto memory = plan_program_memory(*model_);
  if (!memory.ok()) return memory.status();
  const auto layout = lay_out_data(*model_);
  if (!layout.ok()) return layout.status();
  const auto program = serialize_program(*model_, *memory, *layout);
  if (!program.ok()) return program.status();

  auto file = FileWriter::create(path);
  if (!file.ok()) return file.status();
  const std::uint64_t total_bytes = program->segment_base + layout->data_bytes;
  status = file->reserve(total_bytes);
  if (status.ok()) status = file->append(program->bytes);
  // Even without data, or the file would end before what its header says.
  if (status.ok()) status = file->pad_to(kSegmentAlignment);
  DataWriter writer(*file, total_bytes, progress);
  for (std::size_t i = 0; status.ok() && i < model_->constants.size(); ++i) {
    status = writer.append(model_->constants[i], kConstantAlignment,
                           "constant " + std::to_string(i));
  }
  for (const NamedBlob& blob : model_->named_data) {
    if (!status.ok()) break;
    status = writer.append(blob.data, kSegmentAlignment,
                           "the named data '" + blob.key + "'");
  }
  return status.ok() ? file->commit() : status;
}

}  // namespace etllm::program
