#include "api/request_uri.h"

#include <algorithm>

namespace tocsin::api {
namespace {

bool IsAlpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsHexDigit(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool HasBrokenEscape(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') continue;
    if (i + 2 >= text.size() || !IsHexDigit(text[i + 1]) || !IsHexDigit(text[i + 2])) return true;
  }
  return false;
}

// Bytes of the scheme in front of `:`, or 0 if there is none.
std::size_t SchemeSize(std::string_view text) {
  if (!IsAlpha(text.front())) return 0;
  const auto end = std::find_if_not(text.begin(), text.end(), [](char c) {
    return IsAlpha(c) || IsDigit(c) || c == '+' || c == '-' || c == '.';
  });
  return end != text.end() && *end == ':' ? static_cast<std::size_t>(end - text.begin()) : 0;
}

bool IsPort(std::string_view text) {
  return text.empty() ||
         (text.front() == ':' && std::all_of(text.begin() + 1, text.end(), IsDigit));
}

// `user@host:port`, each part but the host optional.
bool IsAuthority(std::string_view authority) {
  const std::size_t at = authority.rfind('@');
  std::string_view host = at == std::string_view::npos ? authority : authority.substr(at + 1);
  if (HasBrokenEscape(authority)) return false;
  if (host.starts_with('[')) {
    const std::size_t close = host.find(']');
    return close != std::string_view::npos && IsPort(host.substr(close + 1));
  }
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos) {
    if (!IsPort(host.substr(colon))) return false;
    host = host.substr(0, colon);
  }
  return host.find_first_of(" \"<>\\^`{|}:[]") == std::string_view::npos;
}

}  // namespace

bool IsRequestUri(std::string_view text) {
  if (text.empty() || std::any_of(text.begin(), text.end(), IsControl)) return false;
  if (text == "*") return true;
  const std::size_t scheme = SchemeSize(text);
  std::string_view rest = scheme > 0 ? text.substr(scheme + 1) : text;
  rest = rest.substr(0, rest.find('?'));
  if (!rest.starts_with('/')) return scheme > 0;  // `mailto:somebody`
  if (scheme > 0 && rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    if (!IsAuthority(rest.substr(0, slash))) return false;
    rest.remove_prefix(slash);
  }
  return !HasBrokenEscape(rest);
}

}  // namespace tocsin::api
