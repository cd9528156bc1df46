#pragma once

#include <string>
#include <string_view>

namespace tideline {

// The innermost module's path in a node's nn_module_stack, "key,path,type;key,path,type": the path
// of the last entry, without the "@2" that marks a further call of the same module. "" for the
// network's own forward, and where the text is not of this form. Pure.
std::string ModulePath(std::string_view stack);

}  // namespace tideline
