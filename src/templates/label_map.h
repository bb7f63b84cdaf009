#pragma once

// A label set as templates see it: a map from strings to strings that borrows the set's own text.

#include "gotemplate/value.h"
#include "model/label_set.h"

namespace tocsin::templates {

// The set must outlive the map, and copies of it keep the text alive.
class LabelMap final : public gotemplate::MapObject {
 public:
  explicit LabelMap(const model::LabelSet* labels) : labels_(labels) {}

  std::size_t size() const override;
  bool Find(const gotemplate::Value& key, gotemplate::Arena& arena,
            gotemplate::Value* value) const override;
  void Entry(std::size_t index, gotemplate::Arena& arena, gotemplate::Value* key,
             gotemplate::Value* value) const override;

 private:
  const model::LabelSet* labels_;
};

}  // namespace tocsin::templates
