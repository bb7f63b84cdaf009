#include "net/name_lookup.h"

#include "base/clock.h"
#include "base/thread_name.h"
#include "net/loop_gate.h"
#include "net/thread_signals.h"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <netdb.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <utility>

namespace tocsin::net {
namespace {

bool IsAddress(const std::string& host) {
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  return !error;
}

}  // namespace

Result<HostAddresses> LookUpAddresses(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int code = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (code == EAI_SYSTEM) return Fail(std::generic_category().message(errno));
  if (code != 0) return Fail(gai_strerror(code));
  HostAddresses addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    const int failed = getnameinfo(entry->ai_addr, entry->ai_addrlen, text.data(), text.size(),
                                   nullptr, 0, NI_NUMERICHOST);
    if (failed == 0) addresses.emplace_back(text.data());
  }
  freeaddrinfo(list);
  if (addresses.empty()) return Fail("no address");
  return addresses;
}

NameLookup::NameLookup(std::shared_ptr<LoopGate> gate, Options options)
    : gate_(std::move(gate)), options_(std::move(options)) {}

void NameLookup::Start(const std::string& host, Done done) {
  if (IsAddress(host)) return Reply(std::move(done), HostAddresses{host});
  Lookup* lookup = FindOrLaunch(host);
  if (lookup == nullptr) return Reply(std::move(done), Fail("too many name lookups are running"));
  if (lookup->waiting.size() >= options_.waiting_per_lookup_max) {
    return Reply(std::move(done), Fail("too many calls wait for the lookup of this name"));
  }
  lookup->waiting.push_back(std::move(done));
}

void NameLookup::Reply(Done done, Result<HostAddresses> result) {
  gate_->Post([weak = weak_from_this(), done = std::move(done), result = std::move(result)] {
    if (const auto self = weak.lock()) done(result);
  });
}

NameLookup::Lookup* NameLookup::FindOrLaunch(const std::string& host) {
  Lookup* newest = nullptr;
  std::size_t of_host = 0;
  for (auto& [id, lookup] : running_) {
    if (lookup.host != host) continue;
    newest = &lookup;
    ++of_host;
  }
  const Duration now = MonotonicNow();
  if (newest != nullptr && now - newest->started <= options_.join_within) return newest;
  if (of_host >= options_.running_per_host_max || running_.size() >= options_.running_max) {
    return newest;
  }
  const LookupId id = ++last_id_;
  Lookup* launched = &running_.emplace(id, Lookup{host, now, {}}).first->second;
  Launch(id, host);
  return launched;
}

void NameLookup::Launch(LookupId id, const std::string& host) {
  // Everything that the thread touches is its own or shared: it may outlive the program's objects.
  auto answer = [gate = gate_, weak = weak_from_this(), id](Result<HostAddresses> result) {
    gate->Post([weak, id, result = std::move(result)] {
      if (const auto self = weak.lock()) self->OnAnswer(id, result);
    });
  };
  try {
    std::thread([look_up = options_.look_up, host, answer] {
      BlockAsynchronousSignals();
      NameThisThread("name-lookup");
      answer(look_up(host));
    }).detach();
  } catch (const std::system_error& error) {
    answer(Fail("cannot start a thread: " + error.code().message()));
  }
}

void NameLookup::OnAnswer(LookupId id, const Result<HostAddresses>& result) {
  const auto node = running_.extract(id);
  std::vector<Done> waiting = std::move(node.mapped().waiting);
  if (result) {
    // Also for those who wait for an older lookup, which may be stuck.
    for (auto& [other, lookup] : running_) {
      if (lookup.host != node.mapped().host) continue;
      std::move(lookup.waiting.begin(), lookup.waiting.end(), std::back_inserter(waiting));
      lookup.waiting.clear();
    }
  }
  for (const Done& done : waiting) done(result);
}

}  // namespace tocsin::net
