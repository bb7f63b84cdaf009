#include "api/silence_decoder.h"

#include "api/unreadable_json.h"
#include "base/text.h"

#include <simdjson.h>

#include <optional>
#include <string_view>
#include <utility>

namespace tocsin::api {
namespace {

namespace dom = simdjson::dom;

// Of a text that a client sent, shown in an error to that client.
constexpr std::size_t kShownBytes = 200;

struct RawMatcher {
  std::optional<std::string_view> name, value;
  std::optional<bool> is_regex;
  bool is_equal = true;
};

// As it was sent. Views into the parser's document.
struct RawSilence {
  std::string_view id;
  std::optional<std::string_view> comment, created_by;
  std::optional<Time> starts_at, ends_at;
  std::optional<std::vector<RawMatcher>> matchers;
  std::vector<model::Label> annotations;
};

BodyError ParseError(std::string_view why) {
  return {400, "parsing silence body from \"\" failed, because " + std::string(why)};
}

// Members that are not known are ignored, as are those that are null.
class Reader {
 public:
  tl::expected<RawSilence, BodyError> Read(const dom::element& root) {
    if (!root.is_null() &&
        !ReadMembers("", root, [this](const std::string& key, const auto& value) {
          return ReadMember(key, value);
        })) {
      return tl::unexpected(ParseError(problem_));
    }
    return std::move(raw_);
  }

 private:
  bool Refuse(const std::string& where, std::string_view why) {
    problem_ = (where.empty() ? "" : where + ": ") + std::string(why);
    return false;
  }

  template <class ReadOne>
  bool ReadMembers(const std::string& where, const dom::element& value, ReadOne read) {
    dom::object object;
    if (value.get(object) != simdjson::SUCCESS) return Refuse(where, "an object is expected");
    for (const dom::key_value_pair member : object) {
      if (!member.value.is_null() && !read(std::string(member.key), member.value)) return false;
    }
    return true;
  }

  // As to Go, the case of a name says nothing.
  bool ReadMember(const std::string& key, const dom::element& value) {
    if (EqualIgnoringCase(key, "id")) return ReadText(key, value, &raw_.id);
    if (EqualIgnoringCase(key, "comment")) return ReadText(key, value, &raw_.comment.emplace());
    if (EqualIgnoringCase(key, "createdBy"))
      return ReadText(key, value, &raw_.created_by.emplace());
    if (EqualIgnoringCase(key, "startsAt")) return ReadTime(key, value, &raw_.starts_at.emplace());
    if (EqualIgnoringCase(key, "endsAt")) return ReadTime(key, value, &raw_.ends_at.emplace());
    if (EqualIgnoringCase(key, "matchers"))
      return ReadMatchers(key, value, &raw_.matchers.emplace());
    if (EqualIgnoringCase(key, "annotations")) return ReadAnnotations(key, value);
    return true;
  }

  bool ReadText(const std::string& where, const dom::element& value, std::string_view* out) {
    return value.get(*out) == simdjson::SUCCESS || Refuse(where, "a string is expected");
  }

  bool ReadBool(const std::string& where, const dom::element& value, bool* out) {
    return value.get(*out) == simdjson::SUCCESS || Refuse(where, "true or false is expected");
  }

  bool ReadTime(const std::string& where, const dom::element& value, Time* out) {
    std::string_view text;
    if (!ReadText(where, value, &text)) return false;
    const std::optional<Time> time = ParseApiTimestamp(text);
    if (!time) {
      return Refuse(where, GoQuote(TruncateBytes(text, kShownBytes)) + " is not a timestamp");
    }
    *out = *time;
    return true;
  }

  bool ReadMatchers(const std::string& where, const dom::element& value,
                    std::vector<RawMatcher>* out) {
    dom::array items;
    if (value.get(items) != simdjson::SUCCESS) return Refuse(where, "an array is expected");
    for (const dom::element item : items) {
      const std::string name = where + "." + std::to_string(out->size());
      RawMatcher& matcher = out->emplace_back();
      if (item.is_null()) continue;
      const bool read = ReadMembers(name, item, [&](const std::string& key, const auto& member) {
        const std::string member_name = name + "." + key;
        if (EqualIgnoringCase(key, "name"))
          return ReadText(member_name, member, &matcher.name.emplace());
        if (EqualIgnoringCase(key, "value"))
          return ReadText(member_name, member, &matcher.value.emplace());
        if (EqualIgnoringCase(key, "isRegex"))
          return ReadBool(member_name, member, &matcher.is_regex.emplace());
        if (EqualIgnoringCase(key, "isEqual"))
          return ReadBool(member_name, member, &matcher.is_equal);
        return true;
      });
      if (!read) return false;
    }
    return true;
  }

  bool ReadAnnotations(const std::string& where, const dom::element& value) {
    raw_.annotations.clear();
    dom::object object;
    if (value.get(object) != simdjson::SUCCESS) return Refuse(where, "an object is expected");
    for (const dom::key_value_pair pair : object) {
      std::string_view text;
      if (!pair.value.is_null() && pair.value.get(text) != simdjson::SUCCESS) {
        return Refuse(where, "a string is expected as value of " +
                                 GoQuote(TruncateBytes(pair.key, kShownBytes)));
      }
      raw_.annotations.push_back({pair.key, text});
    }
    return true;
  }

  RawSilence raw_;
  std::string problem_;
};

// The first problem, in Alertmanager's order.
std::optional<BodyError> FindProblem(const RawSilence& raw) {
  const auto required = [](const std::string& name) {
    return BodyError{602, name + " in body is required"};
  };
  if (!raw.comment) return required("comment");
  if (!raw.created_by) return required("createdBy");
  if (!raw.ends_at) return required("endsAt");
  if (!raw.matchers) return required("matchers");
  if (raw.matchers->empty()) {
    return BodyError{612, "matchers in body should have at least 1 items"};
  }
  for (std::size_t i = 0; i < raw.matchers->size(); ++i) {
    const RawMatcher& matcher = (*raw.matchers)[i];
    const std::string prefix = "matchers." + std::to_string(i) + ".";
    if (!matcher.is_regex) return required(prefix + "isRegex");
    if (!matcher.name) return required(prefix + "name");
    if (!matcher.value) return required(prefix + "value");
  }
  if (!raw.starts_at) return required("startsAt");
  return std::nullopt;
}

model::MatchOp OpOf(const RawMatcher& matcher) {
  if (*matcher.is_regex) {
    return matcher.is_equal ? model::MatchOp::kRegex : model::MatchOp::kNotRegex;
  }
  return matcher.is_equal ? model::MatchOp::kEqual : model::MatchOp::kNotEqual;
}

// Precondition: FindProblem found none.
DecodedSilence Take(RawSilence raw) {
  DecodedSilence decoded;
  decoded.silence.id = raw.id;
  decoded.silence.starts_at = *raw.starts_at;
  decoded.silence.ends_at = *raw.ends_at;
  decoded.silence.created_by = *raw.created_by;
  decoded.silence.comment = *raw.comment;
  decoded.silence.annotations = model::LabelSet::FromUnsorted(raw.annotations);
  for (const RawMatcher& matcher : *raw.matchers) {
    decoded.matchers.push_back(
        {std::string(*matcher.name), OpOf(matcher), std::string(*matcher.value)});
  }
  return decoded;
}

}  // namespace

tl::expected<DecodedSilence, BodyError> DecodeSilence(const std::string& body) {
  dom::parser parser;
  dom::element root;
  simdjson::error_code error = parser.parse(body).get(root);
  if (error == simdjson::NUMBER_ERROR || error == simdjson::STRING_ERROR) {
    std::string readable = body;
    if (ReplaceUnreadable(&readable)) error = parser.parse(readable).get(root);
  }
  if (error == simdjson::EMPTY) {
    return tl::unexpected(BodyError{602, "silence in body is required"});
  }
  if (error != simdjson::SUCCESS) {
    return tl::unexpected(ParseError(simdjson::error_message(error)));
  }
  auto raw = Reader().Read(root);
  if (!raw) return tl::unexpected(std::move(raw.error()));
  if (auto problem = FindProblem(*raw)) return tl::unexpected(std::move(*problem));
  return Take(std::move(*raw));
}

}  // namespace tocsin::api
