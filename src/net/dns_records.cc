#include "net/dns_records.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <array>
#include <netdb.h>
#include <optional>
#include <resolv.h>

namespace tocsin::net {
namespace {

// Of one question to one server, and how often all are asked.
constexpr int kSeconds = 2, kRounds = 2;
// The longest answer over TCP.
constexpr std::size_t kAnswerBytesMax = 64 * 1024;

ns_type WireType(DnsType type) {
  switch (type) {
    case DnsType::kSrv:
      return ns_t_srv;
    case DnsType::kA:
      return ns_t_a;
    case DnsType::kAaaa:
      return ns_t_aaaa;
    case DnsType::kMx:
      return ns_t_mx;
  }
  return ns_t_invalid;
}

// A name within the message, from `skip` bytes into the record's data.
std::optional<std::string> NameIn(const ns_msg& message, const ns_rr& record, int skip) {
  std::array<char, NS_MAXDNAME> name{};
  if (ns_rr_rdlen(record) <= skip) return std::nullopt;
  if (dn_expand(ns_msg_base(message), ns_msg_end(message), ns_rr_rdata(record) + skip, name.data(),
                static_cast<int>(name.size())) < 0) {
    return std::nullopt;
  }
  return std::string(name.data());
}

template <int kFamily, int kBytes>
std::optional<DnsRecord> Address(const ns_rr& record) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (ns_rr_rdlen(record) != kBytes) return std::nullopt;
  inet_ntop(kFamily, ns_rr_rdata(record), text.data(), static_cast<socklen_t>(text.size()));
  return DnsRecord{text.data(), 0};
}

// Nothing if the record is of another type (an alias on the way), or broken.
std::optional<DnsRecord> Read(const ns_msg& message, const ns_rr& record, DnsType type) {
  if (ns_rr_type(record) != WireType(type)) return std::nullopt;
  switch (type) {
    case DnsType::kSrv: {
      const auto host = NameIn(message, record, 6);
      // The root is no host: it says that nobody serves this (RFC 2782).
      if (!host || host->empty()) return std::nullopt;
      return DnsRecord{*host, static_cast<int>(ns_get16(ns_rr_rdata(record) + 4))};
    }
    case DnsType::kMx: {
      const auto host = NameIn(message, record, 2);
      if (!host) return std::nullopt;
      return DnsRecord{*host, 0};
    }
    case DnsType::kA:
      return Address<AF_INET, NS_INADDRSZ>(record);
    case DnsType::kAaaa:
      return Address<AF_INET6, NS_IN6ADDRSZ>(record);
  }
  return std::nullopt;
}

Result<std::vector<DnsRecord>> ReadAnswer(const unsigned char* data, int size, DnsType type) {
  ns_msg message;
  if (ns_initparse(data, size, &message) != 0) return Fail("the DNS answer is malformed");
  std::vector<DnsRecord> records;
  for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
    ns_rr record;
    if (ns_parserr(&message, ns_s_an, i, &record) != 0) return Fail("the DNS answer is malformed");
    if (auto read = Read(message, record, type)) records.push_back(*std::move(read));
  }
  return records;
}

Result<std::vector<DnsRecord>> LookUp(const sockaddr_in* server, const std::string& name,
                                      DnsType type) {
  struct __res_state resolver = {};
  if (res_ninit(&resolver) != 0) return Fail("resolv.conf cannot be read");
  resolver.retrans = kSeconds;
  resolver.retry = kRounds;
  if (server) {
    resolver.nscount = 1;
    resolver.nsaddr_list[0] = *server;
  }
  std::vector<unsigned char> answer(kAnswerBytesMax);
  const int size = res_nsearch(&resolver, name.c_str(), ns_c_in, WireType(type), answer.data(),
                               static_cast<int>(answer.size()));
  const int why = resolver.res_h_errno;
  res_nclose(&resolver);
  if (size >= 0) return ReadAnswer(answer.data(), size, type);
  if (why == HOST_NOT_FOUND || why == NO_DATA) return std::vector<DnsRecord>();
  return Fail(hstrerror(why));
}

}  // namespace

Result<std::vector<DnsRecord>> LookUpDnsRecords(const std::string& name, DnsType type) {
  return LookUp(nullptr, name, type);
}

Result<std::vector<DnsRecord>> LookUpDnsRecordsAt(const sockaddr_in& server,
                                                  const std::string& name, DnsType type) {
  return LookUp(&server, name, type);
}

}  // namespace tocsin::net
