#pragma once

// Made-up notification data as values of the template engine.

#include "gotemplate/value.h"
#include "templates/given_data.h"
#include "templates/label_map.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace tocsin::templates {

class GivenMap {
 public:
  explicit GivenMap(const std::optional<model::LabelSet>& labels);
  gotemplate::Value Show() const;  // A template.KV.

 private:
  std::optional<LabelMap> map_;
};

class GivenAlertObject final : public gotemplate::StructObject {
 public:
  explicit GivenAlertObject(const GivenAlert& alert);
  gotemplate::Value Field(std::size_t index, gotemplate::Arena& arena) const override;

 private:
  const GivenAlert* alert_;
  GivenMap labels_, annotations_;
};

// Borrows `data`, which must outlive it. Belongs to one expansion.
class GivenDataObject final : public gotemplate::StructObject {
 public:
  explicit GivenDataObject(const GivenData& data);
  GivenDataObject(const GivenDataObject&) = delete;
  GivenDataObject& operator=(const GivenDataObject&) = delete;

  gotemplate::Value Field(std::size_t index, gotemplate::Arena& arena) const override;
  gotemplate::Value Dot() const;

 private:
  const GivenData* data_;
  std::vector<GivenAlertObject> alerts_;
  std::vector<gotemplate::Value> alert_values_;
  GivenMap group_labels_, common_labels_, common_annotations_, route_labels_;
};

}  // namespace tocsin::templates
