#include "templates/host_names.h"

#include "base/text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <optional>

namespace tocsin::templates {
namespace {

struct HostPort {
  std::string_view host, port;
};

// As strict as Go's net.SplitHostPort.
std::optional<HostPort> SplitHostPort(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (text.front() == '[') {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos || bracket + 1 != colon) return std::nullopt;
    host = text.substr(1, bracket - 1);
    if (host.find('[') != std::string_view::npos) return std::nullopt;
  } else if (host.find_first_of(":[]") != std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view port = text.substr(colon + 1);
  if (port.find_first_of("[]") != std::string_view::npos) return std::nullopt;
  return HostPort{host, port};
}

bool IsIpAddress(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> address{};  // inet_pton wants a terminated string.
  if (text.size() >= address.size()) return false;
  std::copy(text.begin(), text.end(), address.begin());
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, address.data(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, address.data(), bytes.data()) == 1;
}

}  // namespace

std::string_view StripPort(std::string_view host_port) {
  const std::optional<HostPort> parts = SplitHostPort(host_port);
  return parts ? parts->host : host_port;
}

void AppendWithoutDomain(std::string_view host_port, std::string* out) {
  const HostPort parts = SplitHostPort(host_port).value_or(HostPort{host_port, ""});
  if (IsIpAddress(parts.host)) {
    out->append(host_port);
    return;
  }
  const std::string_view host = parts.host.substr(0, parts.host.find('.'));
  const bool brackets = !parts.port.empty() && host.find(':') != std::string_view::npos;
  if (brackets) out->push_back('[');
  out->append(host);
  if (brackets) out->push_back(']');
  if (!parts.port.empty()) out->append(":").append(parts.port);
}

std::string_view UrlPath(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t slash = url.find('/');
  return slash == std::string_view::npos ? std::string_view() : url.substr(slash);
}

}  // namespace tocsin::templates
