#include "config/http_url.h"

#include "base/text.h"

#include <algorithm>
#include <initializer_list>

namespace tocsin::config {
namespace {

bool IsAlnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool IsHex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Escapes what may not stand in a URL as it is; what is escaped already stays. A `%` that escapes
// nothing is an error unless it is among the allowed characters.
Result<std::string> Escape(std::string_view part, std::string_view allowed) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string result;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const char c = part[i];
    if (c == '%' && allowed.find('%') == std::string_view::npos) {
      if (i + 2 >= part.size() || !IsHex(part[i + 1]) || !IsHex(part[i + 2])) {
        return Fail("invalid URL escape");
      }
      result.append(part.substr(i, 3));
      i += 2;
    } else if (IsAlnum(c) || allowed.find(c) != std::string_view::npos) {
      result.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result.push_back('%');
      result.push_back(kDigits[byte >> 4]);
      result.push_back(kDigits[byte & 15]);
    }
  }
  return result;
}

// Splits off what follows the first `mark`, the mark included.
std::string_view CutFrom(std::string_view* text, std::string_view marks) {
  const std::size_t at = text->find_first_of(marks);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text->substr(at);
  *text = text->substr(0, at);
  return rest;
}

Status CheckPort(std::string_view port) {
  if (port.empty()) return {};
  const bool digits = port.find_first_not_of("0123456789", 1) == std::string_view::npos;
  if (port.front() != ':' || !digits) return Fail("invalid port after host");
  return {};
}

// Precondition: the user information is cut off.
Status CheckHost(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos) return Fail("missing ']' in host");
    if (end == 1) return Fail("missing host for URL");
    return CheckPort(host.substr(end + 1));
  }
  const std::size_t colon = host.find(':');
  if (host.empty() || colon == 0) return Fail("missing host for URL");
  for (char c : host) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && !IsAlnum(c) &&
        std::string_view("-._~!$&'()*+,;=:%").find(c) == std::string_view::npos) {
      return Fail("invalid character in host name");
    }
  }
  return colon == std::string_view::npos ? Status() : CheckPort(host.substr(colon));
}

Result<std::string> CheckAuthority(std::string_view authority) {
  std::string result;
  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    auto user = Escape(authority.substr(0, at), "-._~!$&'()*+,;=:");
    if (!user) return tl::unexpected(user.error());
    result = *user + "@";
    authority.remove_prefix(at + 1);
  }
  if (auto host = CheckHost(authority); !host) return tl::unexpected(host.error());
  return result + std::string(authority);
}

// Does the text begin with what can only be a scheme? Anything else may be a token in the wrong
// place, and must not be shown.
bool IsNamedScheme(std::string_view text) {
  constexpr std::size_t kLongest = 8;
  const std::size_t end = text.find("://");
  if (end == std::string_view::npos || end > kLongest) return false;
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

Result<std::string> Parse(std::string_view text, std::initializer_list<std::string_view> schemes) {
  for (char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      return Fail("invalid control character in URL");
    }
  }
  const std::size_t colon = text.find(':');
  std::string scheme;
  if (colon != std::string_view::npos) scheme = AsciiLower(text.substr(0, colon));
  bool known = false;
  for (std::string_view candidate : schemes) known = known || scheme == candidate;
  if (!known) {
    if (!scheme.empty() && !IsNamedScheme(text)) return Fail("unsupported scheme for URL");
    return Fail("unsupported scheme " + GoQuote(scheme) + " for URL");
  }
  std::string_view rest = text.substr(colon + 1);
  if (!rest.starts_with("//")) return Fail("missing host for URL");
  rest.remove_prefix(2);
  const std::string_view fragment = CutFrom(&rest, "#");
  const std::string_view query = CutFrom(&rest, "?");
  const std::string_view path = CutFrom(&rest, "/");
  auto authority = CheckAuthority(rest);
  if (!authority) return authority;
  auto escaped_path = Escape(path, "-._~!$&'()*+,;=:@/[]");
  if (!escaped_path) return escaped_path;
  // A query is its owner's: only what would break the request line is escaped.
  auto escaped_query = Escape(query, "-._~!$&'()*+,;=:@/?%[]{}|\\^`<>");
  if (!escaped_query) return escaped_query;
  auto escaped_fragment = Escape(fragment, "-._~!$&'()*+,;=:@/?#");
  if (!escaped_fragment) return escaped_fragment;
  return scheme + "://" + *authority + *escaped_path + *escaped_query + *escaped_fragment;
}

// What stands before the `@` of a URL, a part of `url`; null if there is none.
std::string_view UserInfo(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return {};
  const std::size_t start = scheme_end + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", start), url.size());
  const std::size_t at = url.substr(0, end).rfind('@');
  if (at == std::string_view::npos || at < start) return {};
  return url.substr(start, at - start);
}

}  // namespace

Result<std::string> ParseHttpUrl(std::string_view text) {
  return Parse(text, {"http", "https"});
}

Result<std::string> ParseProxyUrl(std::string_view text) {
  return Parse(text, {"http", "https", "socks5", "socks5h"});
}

std::string HideUrlPassword(std::string_view url) {
  const std::string_view user_info = UserInfo(url);
  const std::size_t colon = user_info.find(':');
  if (colon == std::string_view::npos) return std::string(url);
  const std::size_t start = static_cast<std::size_t>(user_info.data() - url.data());
  return std::string(url.substr(0, start + colon + 1)) + "xxxxx" +
         std::string(url.substr(start + user_info.size()));
}

std::string WithTrailingSlash(std::string_view url) {
  const std::size_t path_end = std::min(url.find_first_of("?#"), url.size());
  std::string result(url.substr(0, path_end));
  if (!result.empty() && !result.ends_with('/')) result += '/';
  return result.append(url.substr(path_end));
}

std::string WithoutCredentials(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::string_view user_info = UserInfo(url);
  if (user_info.data() == nullptr) return std::string(url);
  const std::size_t start = static_cast<std::size_t>(user_info.data() - url.data());
  return std::string(url.substr(0, start)) + std::string(url.substr(start + user_info.size() + 1));
}

}  // namespace tocsin::config
