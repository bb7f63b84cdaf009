#include "app/cluster_member.h"

#include "net/listen_address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace tocsin::app {
namespace {

constexpr std::string_view kUlidDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

bool IsPrivate(std::uint32_t address) {
  return address >> 24 == 10 || address >> 20 == (172U << 4 | 1U) ||
         address >> 16 == (192U << 8 | 168U);
}

// The first private IPv4 address of an interface that is up, as Alertmanager chooses.
std::string PrivateAddress() {
  std::string found = "127.0.0.1";
  ifaddrs* interfaces = nullptr;
  if (getifaddrs(&interfaces) != 0) return found;
  for (const ifaddrs* it = interfaces; it != nullptr; it = it->ifa_next) {
    if (it->ifa_addr == nullptr || it->ifa_addr->sa_family != AF_INET) continue;
    if ((it->ifa_flags & IFF_UP) == 0) continue;
    const auto* address = reinterpret_cast<const sockaddr_in*>(it->ifa_addr);
    if (!IsPrivate(ntohl(address->sin_addr.s_addr))) continue;
    char text[INET_ADDRSTRLEN] = {};
    inet_ntop(AF_INET, &address->sin_addr, text, sizeof text);
    found = text;
    break;
  }
  freeifaddrs(interfaces);
  return found;
}

std::string AddressOf(const ServeOptions& options) {
  if (!options.cluster_advertise_address.empty()) return options.cluster_advertise_address;
  const auto listen = net::ParseListenAddress(options.cluster_listen_address);
  if (!listen) return options.cluster_listen_address;
  const bool everywhere = listen->host.empty() || listen->host == "0.0.0.0" || listen->host == "::";
  const std::string host = everywhere ? PrivateAddress() : listen->host;
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + listen->port;
}

}  // namespace

std::string MakeUlid(Time now, Random* random) {
  constexpr int kTimeDigits = 10;
  constexpr int kRandomDigits = 16;
  auto millis = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  std::string ulid(kTimeDigits, '0');
  for (int i = kTimeDigits - 1; i >= 0; --i, millis /= 32) {
    ulid[static_cast<std::size_t>(i)] = kUlidDigits[millis % 32];
  }
  for (int i = 0; i < kRandomDigits; ++i) ulid += kUlidDigits[random->Below(32)];
  return ulid;
}

std::optional<api::ClusterMember> OwnClusterMember(const ServeOptions& options, Time now,
                                                   Random* random) {
  if (options.cluster_listen_address.empty()) return std::nullopt;
  std::string name = options.cluster_peer_name;
  if (name.empty()) name = MakeUlid(now, random);
  return api::ClusterMember{std::move(name), AddressOf(options)};
}

}  // namespace tocsin::app
