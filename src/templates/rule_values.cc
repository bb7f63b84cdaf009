#include "templates/rule_values.h"

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

Value RuleObject::Field(std::size_t index, Arena&) const {
  switch (index) {
    case 0:
      return Value::Map(&labels_, kStringMapType);
    case 1:
      return Value::Map(&external_labels_, kStringMapType);
    case 2:
      return Value::String(data_.external_url);
    default:
      return Value::Float(data_.value);
  }
}

Value RuleObject::Dot() const {
  return Value::Struct(this, kRootType);
}

Value SampleObject::Field(std::size_t index, Arena&) const {
  return index == 0 ? Value::Map(&labels_, kStringMapType) : Value::Float(sample_->value);
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
