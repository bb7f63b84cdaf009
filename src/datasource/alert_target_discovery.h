#pragma once

// Finds the Alertmanagers of the configuration: those that it lists, those in files, which are read
// again when they change, and those that DNS names. A thread of its own, because name servers may
// take seconds to answer.
//
// What cannot be read or resolved for a while stays as it was: alerts had better go to an address
// from before than nowhere.

#include "base/result.h"
#include "config/config.h"
#include "datasource/alert_targets.h"
#include "net/dns_records.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tocsin::datasource {

class AlertmanagerDiscovery {
 public:
  struct Options {
    // The targets from now on: inside SetConfigs, and on the discovery's thread whenever they have
    // changed. Must not call back.
    std::function<void(AlertmanagerTargets)> found;
    std::function<Result<std::vector<net::DnsRecord>>(const std::string&, net::DnsType)> look_up =
        net::LookUpDnsRecords;
    // Files are looked at this often, or at their refresh_interval.
    Duration file_interval = std::chrono::seconds(5);
  };

  explicit AlertmanagerDiscovery(Options options);
  ~AlertmanagerDiscovery();
  AlertmanagerDiscovery(const AlertmanagerDiscovery&) = delete;
  AlertmanagerDiscovery& operator=(const AlertmanagerDiscovery&) = delete;

  // Finds what is known without asking DNS: lists, files, and names as they were known before. From
  // one thread at a time.
  void SetConfigs(const std::vector<config::AlertmanagerConfig>& configs);
  // `found` is not called any more. Idempotent.
  void Stop();

 private:
  struct State;

  static void Loop(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;
};

}  // namespace tocsin::datasource
