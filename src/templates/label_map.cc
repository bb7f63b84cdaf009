#include "templates/label_map.h"

namespace tocsin::templates {

using gotemplate::Arena;
using gotemplate::Value;

std::size_t LabelMap::size() const {
  return labels_->size();
}

bool LabelMap::Find(const Value& key, Arena&, Value* value) const {
  const std::string_view found = labels_->Get(key.AsString());
  if (found.empty() && !labels_->Has(key.AsString())) return false;
  *value = Value::String(found);
  return true;
}

void LabelMap::Entry(std::size_t index, Arena&, Value* key, Value* value) const {
  const model::Label label = (*labels_)[index];
  *key = Value::String(label.name);
  *value = Value::String(label.value);
}

}  // namespace tocsin::templates
