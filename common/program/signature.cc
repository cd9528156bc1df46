#include "common/program/signature.h"

#include <optional>

namespace tideline {
namespace {

absl::StatusOr<std::string> ArgumentName(const Json& spec) {
  ASSIGN_OR_RETURN(const Json* argument, ObjectAt(spec, "arg"));
  return StringAt(*argument, "name");
}

// The name in {"arg": {"as_tensor": {"name": …}}}, or nothing for None and plain Python values.
absl::StatusOr<std::optional<std::string>> TensorName(const Json& spec, std::string_view what) {
  ASSIGN_OR_RETURN(const Json* argument, ObjectAt(spec, "arg"));
  ASSIGN_OR_RETURN(const auto tagged, ToUnion(*argument));
  if (tagged.first == "as_tensor") {
    ASSIGN_OR_RETURN(std::string name, StringAt(*tagged.second, "name"));
    return std::optional<std::string>(std::move(name));
  }
  if (tagged.first == "as_none") {
    return std::optional<std::string>();
  }
  return InvalidArgument("{} is '{}'; a network takes and gives tensors", what, tagged.first);
}

absl::Status AddInput(const Json& json, Signature& signature) {
  ASSIGN_OR_RETURN(const auto tagged, ToUnion(json));
  const Json& spec = *tagged.second;
  Signature::Input input;
  const char* target = nullptr;
  if (tagged.first == "user_input") {
    ASSIGN_OR_RETURN(const std::optional<std::string> name, TensorName(spec, "an input"));
    if (name) {
      signature.inputs.push_back({Signature::Role::kUser, *name, ""});
    }
    return absl::OkStatus();
  }
  if (tagged.first == "parameter") {
    input.role = Signature::Role::kParameter;
    target = "parameter_name";
  } else if (tagged.first == "buffer") {
    input.role = Signature::Role::kConstant;
    target = "buffer_name";
  } else if (tagged.first == "tensor_constant") {
    input.role = Signature::Role::kConstant;
    target = "tensor_constant_name";
  } else if (tagged.first == "constant_input") {
    return absl::OkStatus();  // a Python value that was fixed at the export
  } else {
    return InvalidArgument("an input is of the kind '{}', which does not run", tagged.first);
  }
  ASSIGN_OR_RETURN(input.value, ArgumentName(spec));
  ASSIGN_OR_RETURN(input.target, StringAt(spec, target));
  signature.inputs.push_back(std::move(input));
  return absl::OkStatus();
}

// What an output that is no result writes: "buffer 'running_mean'".
std::string Written(const std::string& kind, const Json& spec) {
  for (const char* key : {"buffer_name", "parameter_name", "user_input_name"}) {
    if (const Json* name = Member(spec, key); name != nullptr && name->is_string()) {
      return kind + " '" + name->get_ref<const std::string&>() + "'";
    }
  }
  return kind;
}

absl::Status AddOutput(const Json& json, Signature& signature) {
  ASSIGN_OR_RETURN(const auto tagged, ToUnion(json));
  if (tagged.first != "user_output") {
    return InvalidArgument(
        "the network has the side effect {}; only a network without state can run: call "
        "model.eval() before the export, and write neither into buffers nor into inputs",
        Written(tagged.first, *tagged.second));
  }
  ASSIGN_OR_RETURN(const std::optional<std::string> name, TensorName(*tagged.second, "a result"));
  if (name) {
    signature.results.push_back(*name);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Signature> ReadSignature(const Json& graph_module) {
  ASSIGN_OR_RETURN(const Json* json, ObjectAt(graph_module, "signature"));
  ASSIGN_OR_RETURN(const Json* inputs, ArrayAt(*json, "input_specs"));
  ASSIGN_OR_RETURN(const Json* outputs, ArrayAt(*json, "output_specs"));
  Signature signature;
  for (const Json& input : *inputs) {
    RETURN_IF_ERROR(AddInput(input, signature));
  }
  for (const Json& output : *outputs) {
    RETURN_IF_ERROR(AddOutput(output, signature));
  }
  if (signature.results.empty()) {
    return InvalidArgument("the network has no result");
  }
  return signature;
}

}  // namespace tideline
