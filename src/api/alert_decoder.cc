#include "api/alert_decoder.h"

#include "api/array_elements.h"
#include "api/request_uri.h"
#include "api/unreadable_json.h"
#include "base/interned_text.h"
#include "base/invalid_utf8.h"
#include "base/text.h"

#include <simdjson.h>

#include <deque>
#include <memory>
#include <optional>
#include <utility>

namespace tocsin::api {
namespace {

namespace dom = simdjson::dom;

// Of a text that a client sent, shown in an error to that client.
constexpr std::size_t kShownBytes = 200;

constexpr std::size_t kParserBytesKept = 1024 * 1024;

// An alert as it was sent. Views into the parser's document.
struct RawAlert {
  bool has_labels = false;
  std::vector<model::Label> labels;
  std::vector<model::Label> annotations;
  Time starts_at = kZeroTime;
  Time ends_at = kZeroTime;
  std::string_view generator_url;
};

// A timestamp as it was read last.
struct LastTime {
  std::string text;  // "" reads as Time{}, too.
  Time time{};
};

class Decoder {
 public:
  Decoder(const AlertDecodeOptions& options, InvalidUtf8Marks marks)
      : options_(options), marks_(std::move(marks)) {}

  tl::expected<DecodedAlerts, BodyError> Decode(const dom::element& root) {
    if (root.is_null()) return std::move(decoded_);
    dom::array items;
    if (root.get(items) != simdjson::SUCCESS) return Refuse("an array of alerts is expected");
    decoded_.alerts.reserve(items.size());
    for (const dom::element item : items) Take(item);
    return std::move(decoded_);
  }

  // Of an array that as a whole is no JSON: each element by itself.
  DecodedAlerts DecodeEach(ArrayElements elements, dom::parser* parser) {
    while (const auto text = elements.Next()) {
      if (!elements.separated()) {
        Malformed(400, NotParsed(std::to_string(index_) + ": a comma is expected before it"));
      }
      dom::element item;
      const simdjson::error_code error = parser->parse(text->data(), text->size()).get(item);
      if (error == simdjson::SUCCESS) {
        Take(item);
      } else {
        Malformed(400, NotParsed(std::to_string(index_) + ": " + simdjson::error_message(error)));
        ++index_;
      }
    }
    if (!elements.closed()) Malformed(400, NotParsed("the array of alerts does not end"));
    return std::move(decoded_);
  }

 private:
  void Take(const dom::element& item) {
    if (ReadAlert(item) && HasRequired()) TakeAlert();
    ++index_;
  }

  static tl::unexpected<BodyError> Refuse(std::string_view why) {
    return tl::unexpected(BodyError{400, NotParsed(why)});
  }

  static std::string NotParsed(std::string_view why) {
    return "parsing alerts body from \"\" failed, because " + std::string(why);
  }

  bool RefuseMember(std::string_view member, std::string_view why) {
    return Malformed(400, NotParsed(std::to_string(index_) + "." + std::string(member) + ": " +
                                    std::string(why)));
  }

  // The alert at hand is left out. False, for the caller to return.
  bool Malformed(int code, std::string error) {
    if (decoded_.malformed_code == 0 || code == 400) decoded_.malformed_code = code;
    return Invalid(std::move(error));
  }

  bool Invalid(std::string error) {
    ++decoded_.invalid;
    if (decoded_.errors.size() < DecodedAlerts::kErrorsMax) {
      decoded_.errors.push_back(std::move(error));
    }
    return false;
  }

  bool ReadAlert(const dom::element& item) {
    raw_.has_labels = false;
    raw_.labels.clear();
    raw_.annotations.clear();
    raw_.starts_at = raw_.ends_at = kZeroTime;
    raw_.generator_url = {};
    if (item.is_null()) return true;
    dom::object object;
    if (item.get(object) != simdjson::SUCCESS) {
      return Malformed(400, NotParsed(std::to_string(index_) + ": an object is expected"));
    }
    for (const dom::key_value_pair member : object) {
      if (!member.value.is_null() && !ReadMember(member.key, member.value)) return false;
    }
    if (!marks_.empty()) ReplaceMarks();
    return true;
  }

  // What is not UTF-8 in a value shows as U+FFFD, as Go reads it: nobody is left asleep for a
  // letter.
  void ReplaceMarks() {
    replaced_.clear();
    const auto replace = [this](std::string_view* text) {
      if (marks_.IsMarked(*text)) *text = replaced_.emplace_back(marks_.Shown(*text));
    };
    for (model::Label& label : raw_.labels) replace(&label.value);
    for (model::Label& label : raw_.annotations) replace(&label.value);
    replace(&raw_.generator_url);
  }

  // Members that are not known are ignored. As to Go, the case of a name says nothing: programs
  // that leave the names to their compiler write `Labels`.
  bool ReadMember(std::string_view key, const dom::element& value) {
    if (EqualIgnoringCase(key, "labels")) {
      raw_.has_labels = true;
      return ReadMap(key, value, &raw_.labels);
    }
    if (EqualIgnoringCase(key, "annotations")) return ReadMap(key, value, &raw_.annotations);
    if (EqualIgnoringCase(key, "startsAt"))
      return ReadTime(key, value, &last_start_, &raw_.starts_at);
    if (EqualIgnoringCase(key, "endsAt")) return ReadTime(key, value, &last_end_, &raw_.ends_at);
    if (EqualIgnoringCase(key, "generatorURL") &&
        value.get(raw_.generator_url) != simdjson::SUCCESS) {
      return RefuseMember(key, "a string is expected");
    }
    return true;
  }

  bool ReadMap(std::string_view key, const dom::element& value, std::vector<model::Label>* out) {
    dom::object object;
    if (value.get(object) != simdjson::SUCCESS) return RefuseMember(key, "an object is expected");
    out->clear();
    for (const dom::key_value_pair pair : object) {
      std::string_view text;
      if (!pair.value.is_null() && pair.value.get(text) != simdjson::SUCCESS) {
        return RefuseMember(key, "a string is expected as value of " + Quoted(pair.key));
      }
      out->push_back({pair.key, text});
    }
    return true;
  }

  bool ReadTime(std::string_view key, const dom::element& value, LastTime* last, Time* out) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return RefuseMember(key, "a string is expected");
    if (text != last->text) {
      const std::optional<Time> time = ParseApiTimestamp(text);
      if (!time) return RefuseMember(key, Quoted(text) + " is not a timestamp");
      last->text = text;
      last->time = *time;
    }
    *out = last->time;
    return true;
  }

  bool HasRequired() {
    if (!raw_.generator_url.empty() && raw_.generator_url != last_url_.view()) {
      if (!IsRequestUri(raw_.generator_url)) {
        return Malformed(
            601, std::to_string(index_) +
                     ".generatorURL in body must be of type uri: " + Quoted(raw_.generator_url));
      }
      last_url_ = raw_.generator_url;
    }
    if (raw_.has_labels) return true;
    return Malformed(602, std::to_string(index_) + ".labels in body is required");
  }

  void TakeAlert() {
    auto alert = std::make_shared<model::Alert>();
    alert->updated_at = options_.now;
    alert->starts_at = raw_.starts_at;
    alert->ends_at = raw_.ends_at;
    if (IsZero(alert->starts_at)) {
      alert->starts_at = IsZero(alert->ends_at) ? options_.now : alert->ends_at;
    }
    if (IsZero(alert->ends_at)) {
      alert->ends_at = SaturatingAdd(options_.now, options_.resolve_timeout);
      alert->timeout = true;
    }
    ++(alert->ResolvedAt(options_.now) ? decoded_.resolved : decoded_.firing);

    std::erase_if(raw_.labels, [](const model::Label& label) { return label.value.empty(); });
    if (std::string error = Problem(*alert); !error.empty()) {
      Invalid(std::move(error));
      return;
    }
    alert->labels = model::LabelSet::FromUnsorted(raw_.labels);
    alert->annotations = model::LabelSet::FromUnsorted(raw_.annotations);
    if (!raw_.generator_url.empty()) alert->generator_url = last_url_;
    decoded_.alerts.push_back(std::move(alert));
  }

  // Why the alert is not taken, or "".
  std::string Problem(const model::Alert& alert) const {
    if (alert.ends_at < alert.starts_at) return "start time must be before end time";
    if (raw_.labels.empty()) return "at least one label pair required";
    std::string problem = LabelsProblem(raw_.labels);
    const config::LimitsConfig& limits = options_.limits;
    if (problem.empty()) {
      problem =
          LimitsProblem("labels", raw_.labels, limits.labels_per_alert, limits.label_value_bytes);
    }
    if (!problem.empty()) return "invalid label set: " + problem;
    problem = LabelsProblem(raw_.annotations);
    if (problem.empty()) {
      problem = LimitsProblem("annotations", raw_.annotations, limits.annotations_per_alert,
                              limits.annotation_value_bytes);
    }
    return problem.empty() ? "" : "invalid annotations: " + problem;
  }

  std::string LabelsProblem(const std::vector<model::Label>& labels) const {
    for (const model::Label& label : labels) {
      if (marks_.IsMarked(label.name) || !model::IsValidLabelName(label.name, options_.syntax)) {
        return "invalid name " + Quoted(label.name);
      }
    }
    return "";
  }

  // A limit of 0 is none.
  std::string LimitsProblem(const char* what, const std::vector<model::Label>& labels,
                            std::uint64_t most, std::uint64_t bytes_most) const {
    if (most > 0 && labels.size() > most) {
      return "more than " + std::to_string(most) + " " + what;
    }
    if (bytes_most == 0) return "";
    for (const model::Label& label : labels) {
      if (label.value.size() > bytes_most) {
        return "the value of " + Quoted(label.name) + " has more than " +
               std::to_string(bytes_most) + " bytes";
      }
    }
    return "";
  }

  std::string Quoted(std::string_view text) const {
    return GoQuote(TruncateBytes(marks_.Shown(text), kShownBytes));
  }

  const AlertDecodeOptions& options_;
  const InvalidUtf8Marks marks_;
  DecodedAlerts decoded_;
  std::size_t index_ = 0;             // Of the alert being decoded.
  RawAlert raw_;                      // Kept to save allocations.
  std::deque<std::string> replaced_;  // What the alert at hand shows into.
  // Most alerts of a batch are of one rule and one evaluation, and say so in the same words.
  InternedText last_url_;
  LastTime last_start_, last_end_;
};

// `parser` and `body` hold what the element points to.
simdjson::error_code Parse(dom::parser* parser, std::string* body, dom::element* root) {
  const std::size_t size = body->size();
  body->reserve(size + simdjson::SIMDJSON_PADDING);
  return parser->parse(body->data(), size, /*realloc_if_needed=*/false).get(*root);
}

}  // namespace

tl::expected<DecodedAlerts, BodyError> DecodeAlerts(std::string body,
                                                    const AlertDecodeOptions& options) {
  // Its buffers are several times the body's size: asking the system for them anew for each body
  // costs as much as the parsing. Those of an unusually large body are given back.
  thread_local dom::parser parser;
  if (parser.capacity() > kParserBytesKept) parser = dom::parser();
  dom::element root;
  InvalidUtf8Marks marks;
  simdjson::error_code error = Parse(&parser, &body, &root);
  if (error == simdjson::UTF8_ERROR) {
    // One bad byte must not cost the good alerts beside it.
    marks = InvalidUtf8Marks::MarkIn(&body);
    error = Parse(&parser, &body, &root);
  }
  if (error == simdjson::EMPTY) {
    return tl::unexpected(BodyError{602, "alerts in body is required"});
  }
  // Whatever it stumbled over first.
  if (error != simdjson::SUCCESS && ReplaceUnreadable(&body)) error = Parse(&parser, &body, &root);
  if (error != simdjson::SUCCESS) {
    DecodedAlerts each = Decoder(options, marks).DecodeEach(ArrayElements(body), &parser);
    if (!each.alerts.empty()) return each;
  }
  if (error != simdjson::SUCCESS) {
    return tl::unexpected(
        BodyError{400, std::string("parsing alerts body from \"\" failed, because ") +
                           simdjson::error_message(error)});
  }
  return Decoder(options, std::move(marks)).Decode(root);
}

}  // namespace tocsin::api
