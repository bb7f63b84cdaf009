#pragma once

// The data of rule templates as values of the template engine, with the Go types of Prometheus.

#include "gotemplate/arena.h"
#include "gotemplate/value.h"
#include "templates/label_map.h"
#include "templates/rule_templates.h"

#include <vector>

namespace tocsin::templates {

extern const gotemplate::Type kSampleType;         // template.sample
extern const gotemplate::Type kSamplePointerType;  // *template.sample
extern const gotemplate::Type kQueryResultType;    // template.queryResult

// Dot. Borrows the data.
class RuleObject final : public gotemplate::StructObject {
 public:
  explicit RuleObject(const RuleTemplateData& data);
  gotemplate::Value Field(std::size_t index, gotemplate::Arena& arena) const override;
  gotemplate::Value Dot() const;

 private:
  const RuleTemplateData& data_;
  LabelMap labels_, external_labels_;
};

class SampleObject final : public gotemplate::StructObject {
 public:
  explicit SampleObject(const QuerySample* sample) : sample_(sample), labels_(&sample->labels) {}
  gotemplate::Value Field(std::size_t index, gotemplate::Arena& arena) const override;
  const QuerySample& sample() const { return *sample_; }

 private:
  const QuerySample* sample_;
  LabelMap labels_;
};

// A *histogram.FloatHistogram, which shows itself as Prometheus's does.
class HistogramObject final : public gotemplate::StructObject {
 public:
  explicit HistogramObject(const model::NativeHistogram* histogram) : histogram_(histogram) {}
  gotemplate::Value Field(std::size_t index, gotemplate::Arena& arena) const override;
  const model::NativeHistogram& histogram() const { return *histogram_; }

 private:
  const model::NativeHistogram* histogram_;
};

// The value of a sample: the histogram if there is one. Borrows it.
gotemplate::Value SampleValue(double value, const model::NativeHistogram* histogram,
                              gotemplate::Arena& arena);
// Borrows the samples.
gotemplate::Value QueryResultValue(const std::vector<QuerySample>& samples,
                                   gotemplate::Arena& arena);
// The sample behind a *template.sample; nullptr for a nil pointer.
const QuerySample* SampleFrom(const gotemplate::Value& value);

}  // namespace tocsin::templates
