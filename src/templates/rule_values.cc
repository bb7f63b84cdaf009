#include "templates/rule_values.h"

#include "gotemplate/template.h"

#include <string>

namespace tocsin::templates {
namespace {

using gotemplate::Arena;
using gotemplate::FieldInfo;
using gotemplate::kAnyType;
using gotemplate::Kind;
using gotemplate::kStringMapType;
using gotemplate::kStringType;
using gotemplate::Type;
using gotemplate::Value;

constexpr FieldInfo kRootFields[] = {{"Labels", &kStringMapType},
                                     {"ExternalLabels", &kStringMapType},
                                     {"ExternalURL", &kStringType},
                                     {"Value", &kAnyType}};

constexpr Type kRootType{
    .kind = Kind::kStruct,
    .name =
        "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL "
        "string; Value interface {} }",
    .fields = kRootFields};

constexpr FieldInfo kHistogramFields[] = {{"Count", &gotemplate::kFloat64Type},
                                          {"Sum", &gotemplate::kFloat64Type}};

std::string Number(double value) {
  return gotemplate::PrintValue(Value::Float(value));
}

// `{count:3, sum:1.5, [-0.001,0.001]:1, (0.5,1]:2}`
void AppendHistogram(const Value& value, std::string* out) {
  const auto* object = static_cast<const HistogramObject*>(value.AsStruct());
  const model::NativeHistogram& histogram = object->histogram();
  *out += "{count:" + Number(histogram.count) + ", sum:" + Number(histogram.sum);
  for (const model::NativeHistogram::Bucket& bucket : histogram.buckets) {
    *out += bucket.includes_lower ? ", [" : ", (";
    *out += Number(bucket.lower) + "," + Number(bucket.upper);
    *out += (bucket.includes_upper ? "]:" : "):") + Number(bucket.count);
  }
  *out += '}';
}

constexpr Type kHistogramType{.kind = Kind::kStruct,
                              .name = "histogram.FloatHistogram",
                              .named = true,
                              .fields = kHistogramFields,
                              .text = AppendHistogram};
constexpr Type kHistogramPointerType{
    .kind = Kind::kPointer, .name = "*histogram.FloatHistogram", .elem = &kHistogramType};

constexpr FieldInfo kSampleFields[] = {{"Labels", &kStringMapType}, {"Value", &kAnyType}};

}  // namespace

constinit const Type kSampleType{
    .kind = Kind::kStruct, .name = "template.sample", .named = true, .fields = kSampleFields};
constinit const Type kSamplePointerType{
    .kind = Kind::kPointer, .name = "*template.sample", .elem = &kSampleType};
constinit const Type kQueryResultType{.kind = Kind::kList,
                                      .name = "template.queryResult",
                                      .named = true,
                                      .elem = &kSamplePointerType};

RuleObject::RuleObject(const RuleTemplateData& data)
    : data_(data), labels_(&data.labels), external_labels_(&data.external_labels) {}

Value RuleObject::Field(std::size_t index, Arena& arena) const {
  switch (index) {
    case 0:
      return Value::Map(&labels_, kStringMapType);
    case 1:
      return Value::Map(&external_labels_, kStringMapType);
    case 2:
      return Value::String(data_.external_url);
    default:
      return SampleValue(data_.value, data_.histogram, arena);
  }
}

Value RuleObject::Dot() const {
  return Value::Struct(this, kRootType);
}

Value SampleObject::Field(std::size_t index, Arena& arena) const {
  if (index == 0) return Value::Map(&labels_, kStringMapType);
  return SampleValue(sample_->value, sample_->histogram.get(), arena);
}

Value HistogramObject::Field(std::size_t index, Arena&) const {
  return Value::Float(index == 0 ? histogram_->count : histogram_->sum);
}

Value SampleValue(double value, const model::NativeHistogram* histogram, Arena& arena) {
  if (histogram == nullptr) return Value::Float(value);
  return Value::Pointer(arena.New<HistogramObject>(histogram), kHistogramPointerType);
}

Value QueryResultValue(const std::vector<QuerySample>& samples, Arena& arena) {
  const std::span<Value> list = arena.Array<Value>(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    list[i] = Value::Pointer(arena.New<SampleObject>(&samples[i]), kSamplePointerType);
  }
  return Value::List(list, kQueryResultType);
}

const QuerySample* SampleFrom(const Value& value) {
  const auto* object = static_cast<const SampleObject*>(value.AsStruct());
  return object == nullptr ? nullptr : &object->sample();
}

}  // namespace tocsin::templates
