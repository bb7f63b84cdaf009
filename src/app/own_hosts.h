#pragma once

// The names under which this machine knows itself, without asking the network.

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::app {

// The system's host name; `localhost` if it has none.
std::string Hostname();

// In lower case: the host name, its first part, what stands on its lines of /etc/hosts (`hosts`),
// and it with each domain that /etc/resolv.conf (`resolv`) completes names with.
std::vector<std::string> OwnHosts(std::string_view hostname, std::string_view hosts,
                                  std::string_view resolv);

// The same out of the files.
std::vector<std::string> OwnHosts();

}  // namespace tocsin::app
