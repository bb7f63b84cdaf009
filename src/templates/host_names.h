#pragma once

// Host names and addresses in labels, as Prometheus's template functions take them apart. Pure.
// The views are parts of the arguments.

#include <string>
#include <string_view>

namespace tocsin::templates {

// `host:9100` gives `host`, `[::1]:9100` gives `::1`; what is no host with a port is unchanged.
std::string_view StripPort(std::string_view host_port);
// `a.b.c:80` gives `a:80`; addresses are unchanged.
void AppendWithoutDomain(std::string_view host_port, std::string* out);
// The path of an absolute URL, `/pfx`; "" if it has none.
std::string_view UrlPath(std::string_view url);

}  // namespace tocsin::templates
