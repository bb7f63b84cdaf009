#include "api/media_type.h"

#include "base/text.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace tocsin::api {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

// `q=0`, `q=0.000`: explicitly not wanted.
bool IsZeroQuality(std::string_view parameter) {
  const std::string lower = AsciiLower(TrimSpace(parameter));
  return lower.starts_with("q=0") &&
         std::all_of(lower.begin() + 2, lower.end(), [](char c) { return c == '0' || c == '.'; });
}

bool RangeTakesJson(std::string_view range) {
  const std::string type = AsciiLower(TrimSpace(range.substr(0, range.find(';'))));
  if (type != "*/*" && type != "application/*" && type != "application/json") return false;
  const std::vector<std::string_view> parts = Split(range, ';');
  return std::none_of(parts.begin() + 1, parts.end(), IsZeroQuality);
}

bool IsTokenCharacter(char c) {
  return c > 0x20 && c < 0x7F &&
         std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

std::string_view TakeToken(std::string_view* text) {
  const auto end = std::find_if_not(text->begin(), text->end(), IsTokenCharacter);
  const std::string_view token = text->substr(0, static_cast<std::size_t>(end - text->begin()));
  text->remove_prefix(token.size());
  return token;
}

void SkipSpace(std::string_view* text) {
  text->remove_prefix(std::min(text->find_first_not_of(kSpace), text->size()));
}

bool TakeCharacter(char c, std::string_view* text) {
  SkipSpace(text);
  if (!text->starts_with(c)) return false;
  text->remove_prefix(1);
  SkipSpace(text);
  return true;
}

// Within quotes, the first of which was taken. Nothing if they are not closed.
std::optional<std::string> TakeQuoted(std::string_view* text) {
  std::string value;
  while (!text->empty() && text->front() != '"') {
    if (text->front() == '\\' && text->size() > 1) text->remove_prefix(1);
    value += text->front();
    text->remove_prefix(1);
  }
  if (text->empty()) return std::nullopt;
  text->remove_prefix(1);
  return value;
}

// `; charset=utf-8`
std::optional<std::pair<std::string, std::string>> TakeParameter(std::string_view* text) {
  if (!TakeCharacter(';', text)) return std::nullopt;
  std::string name = AsciiLower(TakeToken(text));
  if (name.empty() || !TakeCharacter('=', text)) return std::nullopt;
  if (text->starts_with('"')) {
    text->remove_prefix(1);
    std::optional<std::string> value = TakeQuoted(text);
    if (!value) return std::nullopt;
    return std::pair(std::move(name), std::move(*value));
  }
  std::string value(TakeToken(text));
  if (value.empty()) return std::nullopt;
  return std::pair(std::move(name), std::move(value));
}

Status CheckParameters(std::string_view text) {
  std::map<std::string, std::string> known;
  SkipSpace(&text);
  while (!text.empty() && TrimSpace(text) != ";") {
    auto parameter = TakeParameter(&text);
    if (!parameter) return Fail("mime: invalid media parameter");
    const auto [at, is_new] = known.insert(*parameter);
    if (!is_new && at->second != parameter->second) return Fail("mime: duplicate parameter name");
    SkipSpace(&text);
  }
  return {};
}

}  // namespace

bool AcceptsJson(const std::vector<HttpHeader>& headers) {
  bool said = false;
  for (const HttpHeader& header : headers) {
    if (!EqualIgnoringCase(header.name, "Accept")) continue;
    said = true;
    const std::vector<std::string_view> ranges = Split(header.value, ',');
    if (std::any_of(ranges.begin(), ranges.end(), RangeTakesJson)) return true;
  }
  return !said;
}

Result<std::string> ParseMediaType(std::string_view content_type) {
  const std::size_t end = std::min(content_type.find(';'), content_type.size());
  std::string type = AsciiLower(TrimSpace(content_type.substr(0, end)));
  std::string_view left = type;
  if (TakeToken(&left).empty()) return Fail("mime: no media type");
  if (!left.empty()) {
    if (!left.starts_with('/')) return Fail("mime: expected slash after first token");
    left.remove_prefix(1);
    if (TakeToken(&left).empty()) return Fail("mime: expected token after slash");
    if (!left.empty()) return Fail("mime: unexpected content after media subtype");
  }
  if (Status status = CheckParameters(content_type.substr(end)); !status) {
    return tl::unexpected(status.error());
  }
  return type;
}

}  // namespace tocsin::api
