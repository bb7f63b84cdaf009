#include "gotemplate/function.h"

#include "gotemplate/builtins.h"

#include <algorithm>

namespace tocsin::gotemplate {

Value Context::StringList(std::span<const std::string> texts, const Type& type) {
  std::span<Value> values = arena_->Array<Value>(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) values[i] = Value::String(arena_->Copy(texts[i]));
  return Value::List(values, type);
}

Value Context::List(std::span<const Value> values, const Type& type) {
  std::span<Value> copy = arena_->Array<Value>(values.size());
  std::copy(values.begin(), values.end(), copy.begin());
  return Value::List(copy, type);
}

FunctionTable::FunctionTable() {
  for (const Function& function : BuiltinFunctions()) {
    functions_.emplace(function.name, std::make_unique<const Function>(function));
  }
}

FunctionTable::~FunctionTable() = default;

void FunctionTable::Add(Function function) {
  function.builtin = Builtin::kNone;
  std::string name = function.name;
  functions_[std::move(name)] = std::make_unique<const Function>(std::move(function));
}

const Function* FunctionTable::Find(std::string_view name) const {
  auto it = functions_.find(name);
  return it == functions_.end() ? nullptr : it->second.get();
}

}  // namespace tocsin::gotemplate
