#include "base/redaction.h"

#include "base/base64.h"
#include "base/text.h"

#include <algorithm>
#include <utility>

namespace tocsin {
namespace {

constexpr std::size_t kShortest = 6;
constexpr std::string_view kMask = "<redacted>";

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  std::size_t at = text.find(from);
  if (at == std::string::npos) return text;
  std::string out;
  std::size_t begin = 0;
  for (; at != std::string::npos; at = text.find(from, begin)) {
    out.append(text, begin, at - begin).append(to);
    begin = at + from.size();
  }
  return out.append(text, begin);
}

// `%2F` as `%2f`.
std::string WithLowerEscapes(std::string escaped) {
  for (std::size_t i = 0; i + 2 < escaped.size(); ++i) {
    if (escaped[i] != '%') continue;
    const std::string lower = AsciiLower(std::string_view(escaped).substr(i + 1, 2));
    escaped.replace(i + 1, 2, lower);
  }
  return escaped;
}

// All that an endpoint may make of it on the way back.
void AddForms(const std::string& secret, std::vector<std::string>* forms) {
  forms->push_back(secret);
  const std::string json = Replaced(Replaced(secret, "\\", "\\\\"), "\"", "\\\"");
  forms->push_back(json);
  forms->push_back(Replaced(json, "/", "\\/"));
  const std::string form = QueryEscape(secret);
  for (const std::string& escaped : {form, Replaced(form, "+", "%20")}) {
    forms->push_back(escaped);
    forms->push_back(WithLowerEscapes(escaped));
  }
  std::string base64 = Base64Encode(secret);
  base64.resize(base64.find_last_not_of('=') + 1);
  forms->push_back(base64 + "==");
  forms->push_back(base64 + "=");
  forms->push_back(base64);
  std::replace(base64.begin(), base64.end(), '+', '-');
  std::replace(base64.begin(), base64.end(), '/', '_');
  forms->push_back(base64);
}

bool SaysSecret(std::string_view name) {
  constexpr std::string_view kWords[] = {"auth",   "token",      "key", "secret", "passw",
                                         "cookie", "credential", "sig", "session"};
  const std::string lower = AsciiLower(name);
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

}  // namespace

void Redaction::Add(std::string_view secret) {
  if (secret.size() >= kShortest) secrets_.emplace_back(std::string(secret));
}

void Redaction::AddHeader(std::string_view name, std::string_view value) {
  if (!SaysSecret(name)) return;
  const std::size_t space = value.find(' ');
  if (!EqualIgnoringCase(name, "Authorization") || space == std::string_view::npos) {
    return Add(value);
  }
  const std::string_view credentials = value.substr(space + 1);
  Add(credentials);
  if (!EqualIgnoringCase(value.substr(0, space), "Basic")) return;
  const std::string login = Base64Decode(credentials).value_or("");
  const std::size_t colon = login.find(':');
  if (colon == std::string::npos) return;
  Add(login);
  // Tokens like to take the user's place.
  const bool only_user = colon + 1 == login.size();
  Add(std::string_view(login).substr(only_user ? 0 : colon + 1, only_user ? colon : login.npos));
}

void Redaction::AddUrl(std::string_view url) {
  url = url.substr(0, url.find('#'));
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return;
  url.remove_prefix(scheme + 3);
  const std::string_view authority = url.substr(0, url.find_first_of("/?"));
  const auto add_decoded = [this](std::string_view text) {
    Add(text);
    if (const Result<std::string> decoded = QueryUnescape(text); decoded && *decoded != text) {
      Add(*decoded);
    }
  };
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view login = authority.substr(0, at);
    const std::size_t colon = login.find(':');
    add_decoded(colon == std::string_view::npos ? login : login.substr(colon + 1));
  }
  const std::size_t query = url.find('?');
  if (query == std::string_view::npos) return;
  for (const std::string_view param : Split(url.substr(query + 1), '&')) {
    const std::size_t equals = param.find('=');
    if (equals == std::string_view::npos || !SaysSecret(param.substr(0, equals))) continue;
    add_decoded(param.substr(equals + 1));
  }
}

std::string Redaction::Apply(std::string text) const {
  if (text.empty() || secrets_.empty()) return text;
  std::vector<std::string> forms;
  for (const Secret& secret : secrets_) AddForms(secret.Reveal(), &forms);
  // One may be a part of another.
  std::sort(forms.begin(), forms.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  forms.erase(std::unique(forms.begin(), forms.end()), forms.end());
  for (const std::string& form : forms) text = Replaced(std::move(text), form, kMask);
  return text;
}

}  // namespace tocsin
