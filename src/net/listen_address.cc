#include "net/listen_address.h"

#include <charconv>

namespace tocsin::net {

Result<ListenAddress> ParseListenAddress(std::string_view text) {
  const std::string where = "address " + std::string(text) + ": ";
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return Fail(where + "missing port in address");
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return Fail(where + "missing ']' in address");
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return Fail(where + "too many colons in address");
  }
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number > 65535) {
    return Fail(where + "invalid port");
  }
  return ListenAddress{std::string(host), std::string(port)};
}

}  // namespace tocsin::net
