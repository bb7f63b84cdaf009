#include "app/template_data.h"

#include "base/text.h"
#include "templates/humanize.h"

#include <boost/json.hpp>

#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

namespace tocsin::app {
namespace {

using boost::json::object;
using boost::json::value;
using templates::GivenAlert;
using templates::GivenData;

std::string_view View(const boost::json::string& text) {
  return {text.data(), text.size()};
}

// Reads the members of one object. The first thing that is wrong is kept, and the rest is skipped.
class MemberReader {
 public:
  MemberReader(const value& json, std::string where, Status* status)
      : where_(std::move(where)), status_(*status) {
    if (json.is_object()) {
      object_ = &json.get_object();
    } else if (!json.is_null()) {
      Wrong(where_, "an object");
    }
  }

  void Read(std::string_view key, std::string* text) {
    if (const value* found = Find(key)) {
      if (!found->is_string()) return Wrong(Member(key), "a string");
      *text = View(found->get_string());
    }
  }

  void Read(std::string_view key, std::optional<model::LabelSet>* labels) {
    const value* found = Find(key);
    if (found == nullptr) return;
    if (!found->is_object()) return Wrong(Member(key), "an object");
    std::vector<model::Label> pairs;
    for (const auto& [name, text] : found->get_object()) {
      if (!text.is_string()) return Wrong(Member(key) + "." + std::string(name), "a string");
      pairs.push_back({{name.data(), name.size()}, View(text.get_string())});
    }
    *labels = model::LabelSet::FromUnsorted(pairs);
  }

  void Read(std::string_view key, gotemplate::GoTime* time) {
    const value* found = Find(key);
    if (found == nullptr) return;
    if (!found->is_string()) return Wrong(Member(key), "a time as RFC 3339 has it");
    Result<gotemplate::GoTime> parsed =
        gotemplate::ParseGoTime("2006-01-02T15:04:05.999999999Z07:00", View(found->get_string()));
    if (!parsed) return Wrong(Member(key), "a time as RFC 3339 has it");
    *time = *parsed;
  }

  const boost::json::array* List(std::string_view key) {
    const value* found = Find(key);
    if (found == nullptr) return nullptr;
    if (found->is_array()) return &found->get_array();
    Wrong(Member(key), "a list");
    return nullptr;
  }

  // As templates read numbers; "NaN" and "+Inf" are possible in quotes.
  void ReadNumber(std::string_view key, double* number) {
    const value* found = Find(key);
    if (found == nullptr) return;
    boost::json::error_code failed;
    if (found->is_number()) {
      *number = found->to_number<double>(failed);
    } else if (found->is_string()) {
      const Result<double> parsed = templates::ParseGoFloat(View(found->get_string()));
      if (!parsed) return Wrong(Member(key), "a number");
      *number = *parsed;
    } else {
      Wrong(Member(key), "a number");
    }
  }

  std::string Member(std::string_view key) const {
    return where_ + (where_.empty() ? "" : ".") + std::string(key);
  }

 private:
  // The member, nullptr if it is absent or null. Any case will do, as in Go's JSON.
  const value* Find(std::string_view key) const {
    if (object_ == nullptr || !status_) return nullptr;
    const value* found = nullptr;
    for (const auto& [name, member] : *object_) {
      if (AsciiLower({name.data(), name.size()}) == AsciiLower(key)) found = &member;
    }
    return found == nullptr || found->is_null() ? nullptr : found;
  }

  void Wrong(const std::string& where, std::string_view wanted) {
    if (!status_) return;
    status_ = Fail((where.empty() ? "the document" : where) + " must be " + std::string(wanted));
  }

  std::string where_;
  const object* object_ = nullptr;
  Status& status_;
};

GivenAlert ReadAlert(const value& json, const std::string& where, Status* status) {
  GivenAlert alert;
  MemberReader reader(json, where, status);
  reader.Read("status", &alert.status);
  reader.Read("labels", &alert.labels);
  reader.Read("annotations", &alert.annotations);
  reader.Read("startsAt", &alert.starts_at);
  reader.Read("endsAt", &alert.ends_at);
  reader.Read("generatorURL", &alert.generator_url);
  reader.Read("fingerprint", &alert.fingerprint);
  return alert;
}

Result<value> ParseJson(std::string_view json) {
  boost::json::error_code failed;
  value parsed = boost::json::parse({json.data(), json.size()}, failed);
  if (failed) return Fail("not valid JSON: " + failed.message());
  return parsed;
}

model::LabelSet With(const model::LabelSet& common, std::initializer_list<model::Label> own) {
  std::vector<model::Label> all(common.begin(), common.end());
  all.insert(all.end(), own.begin(), own.end());
  return model::LabelSet::FromUnsorted(all);
}

}  // namespace

Result<GivenData> ParseTemplateData(std::string_view json) {
  const Result<value> parsed = ParseJson(json);
  if (!parsed) return tl::unexpected(parsed.error());
  GivenData data;
  Status status;
  MemberReader reader(*parsed, "", &status);
  reader.Read("receiver", &data.receiver);
  reader.Read("status", &data.status);
  if (const boost::json::array* alerts = reader.List("alerts")) {
    for (const value& alert : *alerts) {
      const std::string where = "alerts[" + std::to_string(data.alerts.size()) + "]";
      data.alerts.push_back(ReadAlert(alert, where, &status));
    }
  }
  reader.Read("notification_reason", &data.notification_reason);
  reader.Read("groupLabels", &data.group_labels);
  reader.Read("commonLabels", &data.common_labels);
  reader.Read("commonAnnotations", &data.common_annotations);
  reader.Read("routeLabels", &data.route_labels);
  reader.Read("externalURL", &data.external_url);
  if (!status) return tl::unexpected(std::move(status.error()));
  return data;
}

GivenData ExampleTemplateData(Time now) {
  const model::LabelSet common_labels = {{"commonlabelkey1", "commonlabelvalue1"},
                                         {"commonlabelkey2", "commonlabelvalue2"}};
  const model::LabelSet common_annotations = {{"commonannotationkey1", "commonannotationvalue1"},
                                              {"commonannotationkey2", "commonannotationvalue2"}};
  const auto at = [now](Duration offset) { return gotemplate::GoTime::From(now + offset); };
  GivenData data;
  data.receiver = "receiver";
  data.status = "alertstatus";
  data.alerts.push_back(
      {.status = "firing",
       .labels = With(common_labels,
                      {{"instance", "foo.bar:1234"}, {"label1", "value1"}, {"label2", "value2"}}),
       .annotations =
           With(common_annotations, {{"annotation1", "value1"}, {"annotation2", "value2"}}),
       .starts_at = at(-std::chrono::minutes(5)),
       .ends_at = at(Duration::zero()),
       .generator_url = "https://generatorurl.com",
       .fingerprint = "fingerprint1"});
  data.alerts.push_back({.status = "resolved",
                         .labels = With(common_labels, {{"foo", "bar"}, {"baz", "qux"}}),
                         .annotations = With(common_annotations, {{"aaa", "bbb"}, {"ccc", "ddd"}}),
                         .starts_at = at(-std::chrono::minutes(10)),
                         .ends_at = at(Duration::zero()),
                         .generator_url = "https://generatorurl.com",
                         .fingerprint = "fingerprint2"});
  data.group_labels = {{"grouplabelkey1", "grouplabelvalue1"},
                       {"grouplabelkey2", "grouplabelvalue2"}};
  data.common_labels = common_labels;
  data.common_annotations = common_annotations;
  data.external_url = "https://example.com";
  return data;
}

Result<templates::QueryAnswers> ParseQueryAnswers(std::string_view json) {
  const Result<value> parsed = ParseJson(json);
  if (!parsed) return tl::unexpected(parsed.error());
  if (!parsed->is_object()) return Fail("the document must be an object");
  templates::QueryAnswers answers;
  Status status;
  for (const auto& [query, samples] : parsed->get_object()) {
    const std::string name(query);
    if (!samples.is_array()) return Fail(name + " must be a list");
    std::vector<templates::QuerySample> answer;
    for (const value& sample : samples.get_array()) {
      std::optional<model::LabelSet> labels;
      double number = 0;
      MemberReader reader(sample, name + "[" + std::to_string(answer.size()) + "]", &status);
      reader.Read("labels", &labels);
      reader.ReadNumber("value", &number);
      answer.push_back({labels.value_or(model::LabelSet()), number});
    }
    answers.emplace(name, std::move(answer));
  }
  if (!status) return tl::unexpected(std::move(status.error()));
  return answers;
}

}  // namespace tocsin::app
