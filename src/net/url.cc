#include "net/url.h"

#include "base/text.h"

#include <algorithm>
#include <charconv>

namespace tocsin::net {
namespace {

std::uint16_t DefaultPort(std::string_view scheme) {
  return scheme == "https" ? 443 : 80;
}

bool IsAlnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Registered names, IPv4 addresses and raw UTF-8 (libcurl turns it into punycode).
bool IsNameByte(char c) {
  return IsAlnum(c) || c == '-' || c == '.' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool IsIpv6Byte(char c) {
  return IsAlnum(c) || c == ':' || c == '.' || c == '%';
}

// `.` segments go, and `..` takes its predecessor along (RFC 3986, 5.2.4).
std::string RemoveDotSegments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool open_end = false;  // The path ends in a slash.
  for (std::string_view segment : Split(path.substr(1), '/')) {
    open_end = segment == "." || segment == "..";
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (segment != ".") {
      kept.push_back(segment);
    }
  }
  std::string out;
  for (std::string_view segment : kept) out.append("/").append(segment);
  if (open_end || out.empty()) out += '/';
  return out;
}

std::string EncodeUnsafe(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7F) {
      out.push_back(c);
    } else {
      out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return out;
}

// User information is percent-encoded, but `+` is a plus there.
Result<std::string> DecodeUserInfo(std::string_view text) {
  std::string guarded;
  for (char c : text) {
    if (c == '+') {
      guarded += "%2B";
    } else {
      guarded.push_back(c);
    }
  }
  Result<std::string> decoded = QueryUnescape(guarded);
  if (!decoded) return Fail("broken user information in the URL");
  return decoded;
}

Status ParseUserInfo(std::string_view text, Url* url) {
  const std::size_t colon = text.find(':');
  Result<std::string> user = DecodeUserInfo(text.substr(0, colon));
  if (!user) return tl::unexpected(user.error());
  url->user = std::move(*user);
  if (colon == std::string_view::npos) return {};
  Result<std::string> password = DecodeUserInfo(text.substr(colon + 1));
  if (!password) return tl::unexpected(password.error());
  url->password = Secret(std::move(*password));
  return {};
}

Status ParsePort(std::string_view text, Url* url) {
  if (text.empty()) return {};
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0 || port > 65535) {
    return Fail("invalid port in the URL");
  }
  url->port = static_cast<std::uint16_t>(port);
  return {};
}

Status ParseHostAndPort(std::string_view text, Url* url) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return Fail("missing ']' in the URL's host");
    const std::string_view host = text.substr(1, close - 1);
    if (host.empty() || host.find(':') == std::string_view::npos ||
        !std::all_of(host.begin(), host.end(), IsIpv6Byte)) {
      return Fail("invalid IPv6 address in the URL");
    }
    url->host = AsciiLower(host);
    text.remove_prefix(close + 1);
    if (!text.empty() && text[0] != ':') return Fail("invalid host in the URL");
    return ParsePort(text.empty() ? text : text.substr(1), url);
  }
  const std::size_t colon = text.find(':');
  const std::string_view host = text.substr(0, colon);
  if (host.empty()) return Fail("missing host for URL");
  if (!std::all_of(host.begin(), host.end(), IsNameByte)) return Fail("invalid host in the URL");
  url->host = AsciiLower(host);
  return colon == std::string_view::npos ? Status() : ParsePort(text.substr(colon + 1), url);
}

}  // namespace

std::string Url::BracketedHost() const {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string Url::Destination() const {
  return scheme + "://" + BracketedHost() + ":" + std::to_string(port);
}

std::string Url::HostHeader() const {
  return port == DefaultPort(scheme) ? BracketedHost()
                                     : BracketedHost() + ":" + std::to_string(port);
}

std::string Url::ToString() const {
  return scheme + "://" + HostHeader() + path_and_query;
}

Result<Url> ParseUrl(std::string_view text) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return Fail("the URL has no scheme");
  Url url;
  url.scheme = AsciiLower(text.substr(0, scheme_end));
  if (url.scheme != "http" && url.scheme != "https") return Fail("unsupported scheme for URL");
  url.port = DefaultPort(url.scheme);
  text.remove_prefix(scheme_end + 3);
  text = text.substr(0, text.find('#'));

  const std::size_t path = text.find_first_of("/?\\");
  std::string_view authority = text.substr(0, path);
  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    if (Status status = ParseUserInfo(authority.substr(0, at), &url); !status) {
      return tl::unexpected(status.error());
    }
    authority.remove_prefix(at + 1);
  }
  if (Status status = ParseHostAndPort(authority, &url); !status) {
    return tl::unexpected(status.error());
  }
  if (path != std::string_view::npos && text[path] == '\\') return Fail("invalid host in the URL");
  const std::string_view rest = path == std::string_view::npos ? "" : text.substr(path);
  url.path_and_query = (rest.starts_with('/') ? "" : "/") + EncodeUnsafe(rest);
  return url;
}

Result<Url> ResolveReference(const Url& base, std::string_view reference) {
  reference = reference.substr(0, reference.find('#'));
  const std::size_t delimiter = reference.find_first_of(":/?");
  if (delimiter != std::string_view::npos && reference[delimiter] == ':') {
    return ParseUrl(reference);
  }
  if (reference.starts_with("//")) return ParseUrl(base.scheme + ":" + std::string(reference));

  Url url = base;
  const std::string base_path = base.path_and_query.substr(0, base.path_and_query.find('?'));
  if (reference.empty()) return url;
  if (reference.starts_with('?')) {
    url.path_and_query = base_path + EncodeUnsafe(reference);
    return url;
  }
  const std::size_t question = std::min(reference.find('?'), reference.size());
  const std::string encoded = EncodeUnsafe(reference.substr(0, question));
  const std::string merged =
      encoded.starts_with('/') ? encoded : base_path.substr(0, base_path.rfind('/') + 1) + encoded;
  url.path_and_query = RemoveDotSegments(merged) + EncodeUnsafe(reference.substr(question));
  return url;
}

}  // namespace tocsin::net
