#include "history/event_json.h"

#include "history/event_fields.h"

#include <cmath>
#include <string>

namespace tocsin::history {
namespace {

class JsonFields {
 public:
  explicit JsonFields(JsonWriter* writer) : writer_(writer) {}

  static bool has_rule_groups() { return true; }

  template <class T>
  void Number(std::string_view key, const T& number) {
    writer_->Key(key).Int(static_cast<std::int64_t>(number));
  }
  void Flag(std::string_view key, const bool& flag) { writer_->Key(key).Bool(flag); }
  void Span(std::string_view key, const Duration& span) { writer_->Key(key).Double(Seconds(span)); }
  void When(std::string_view key, const Time& when) {
    if (!IsZero(when)) writer_->Key(key).String(FormatRfc3339Nano(when));
  }
  // As in Prometheus's API, whose numbers may be infinite.
  void Value(std::string_view key, const double& value) {
    writer_->Key(key);
    if (std::isfinite(value)) {
      std::string text;
      AppendJsonNumber(value, &text);
      writer_->String(text);
    } else {
      writer_->String(std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
    }
  }
  template <class E, std::size_t n>
  void Word(std::string_view key, const E& word, const Words<n>& words) {
    writer_->Key(key).String(words[static_cast<std::size_t>(word)]);
  }
  void Text(std::string_view key, const std::string& text) {
    if (!text.empty()) writer_->Key(key).String(text);
  }
  void Texts(std::string_view key, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    writer_->Key(key).BeginArray();
    for (const std::string& text : texts) writer_->String(text);
    writer_->EndArray();
  }
  void Labels(std::string_view key, const model::LabelSet& labels) {
    if (labels.empty()) return;
    writer_->Key(key);
    WriteLabels(labels, writer_);
  }
  void Alert(std::string_view key, const model::LabelSet& labels) { Labels(key, labels); }
  void Group(std::string_view key, const router::GroupIdentityPtr& group) {
    writer_->Key(key);
    WriteGroup(*group, writer_);
  }
  template <class T, class DescribeBlock>
  void Block(std::string_view key, const T& block, DescribeBlock describe) {
    writer_->Key(key).BeginObject();
    describe(*this, block);
    writer_->EndObject();
  }
  template <class T, class DescribeItem>
  void List(std::string_view key, const std::vector<T>& list, DescribeItem describe) {
    if (list.empty()) return;
    writer_->Key(key).BeginArray();
    for (const T& item : list) {
      writer_->BeginObject();
      describe(*this, item);
      writer_->EndObject();
    }
    writer_->EndArray();
  }

 private:
  JsonWriter* writer_;
};

}  // namespace

void WriteEntry(const Entry& entry, JsonWriter* writer) {
  writer->BeginObject().Key("number").Int(static_cast<std::int64_t>(entry.number));
  writer->Key("at").String(FormatRfc3339Nano(entry.at)).Key("kind").String(KindOf(entry.event));
  JsonFields fields(writer);
  std::visit([&fields](const auto& event) { Describe(fields, event); }, entry.event);
  writer->EndObject();
}

void WriteLabels(const model::LabelSet& labels, JsonWriter* writer) {
  writer->BeginObject();
  for (const model::Label& label : labels) writer->Key(label.name).String(label.value);
  writer->EndObject();
}

void WriteGroup(const router::GroupIdentity& group, JsonWriter* writer) {
  writer->BeginObject().Key("key").String(group.key).Key("receiver").String(group.receiver);
  if (!group.route_id.empty()) writer->Key("route").String(group.route_id);
  writer->EndObject();
}

}  // namespace tocsin::history
