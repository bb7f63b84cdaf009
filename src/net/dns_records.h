#pragma once

// DNS questions that the system's name lookup does not answer: which hosts and ports serve a name.

#include "base/result.h"

#include <netinet/in.h>
#include <string>
#include <vector>

namespace tocsin::net {

enum class DnsType { kSrv, kA, kAaaa, kMx };

struct DnsRecord {
  std::string host;  // A name without the dot at its end, or an address.
  int port = 0;      // Of SRV.
};

// Asks the servers of resolv.conf, with its search list. None for a name without such records.
// Blocks, for at most a few seconds; from any thread.
Result<std::vector<DnsRecord>> LookUpDnsRecords(const std::string& name, DnsType type);
// Asks this server of IPv4, which resolv.conf cannot name when its port is not 53.
Result<std::vector<DnsRecord>> LookUpDnsRecordsAt(const sockaddr_in& server,
                                                  const std::string& name, DnsType type);

}  // namespace tocsin::net
