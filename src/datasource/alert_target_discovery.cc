#include "datasource/alert_target_discovery.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/thread_name.h"
#include "config/source_file.h"
#include "config/target_groups.h"

#include <algorithm>
#include <condition_variable>
#include <glob.h>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace tocsin::datasource {
namespace {

using Groups = std::vector<config::TargetGroup>;

std::vector<std::string> Expand(const std::string& pattern) {
  std::vector<std::string> paths;
  glob_t matches = {};
  if (glob(pattern.c_str(), 0, nullptr, &matches) == 0) {
    paths.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
  }
  globfree(&matches);
  return paths;
}

Result<Groups> ReadFile(const std::string& path) {
  const Result<std::string> text = config::ReadSourceFile(path);
  if (!text) return tl::unexpected(text.error());
  config::Diagnostics diagnostics;
  Groups groups = config::ReadTargetFile(*text, path, &diagnostics);
  if (diagnostics.HasErrors()) return Fail(diagnostics.ToString());
  for (config::TargetGroup& group : groups) group.labels["__meta_filepath"] = path;
  return groups;
}

net::DnsType TypeOf(const config::DnsDiscovery& discovery) {
  using Type = config::DnsDiscovery::Type;
  switch (discovery.type) {
    case Type::kSrv:
      return net::DnsType::kSrv;
    case Type::kA:
      return net::DnsType::kA;
    case Type::kAaaa:
      return net::DnsType::kAaaa;
    case Type::kMx:
      break;
  }
  return net::DnsType::kMx;
}

Groups GroupsOf(const std::vector<net::DnsRecord>& records, const std::string& name,
                const config::DnsDiscovery& discovery) {
  using Type = config::DnsDiscovery::Type;
  Groups groups;
  for (const net::DnsRecord& record : records) {
    const bool srv = discovery.type == Type::kSrv;
    const std::string port = std::to_string(srv ? record.port : discovery.port);
    const bool bracket = discovery.type == Type::kAaaa;
    config::TargetGroup& group = groups.emplace_back();
    group.targets = {(bracket ? "[" + record.host + "]" : record.host) + ":" + port};
    group.labels["__meta_dns_name"] = name;
    if (srv) {
      // As DNS writes it, with the dot.
      group.labels["__meta_dns_srv_record_target"] = record.host + ".";
      group.labels["__meta_dns_srv_record_port"] = port;
    } else if (discovery.type == Type::kMx) {
      group.labels["__meta_dns_mx_record_target"] = record.host + ".";
    }
  }
  return groups;
}

// By path, or by name.
using Found = std::map<std::string, Groups>;

// A pattern of files or a DNS name of one entry of `alertmanagers`.
struct Source {
  std::size_t set = 0;
  std::string subject;
  std::optional<config::DnsDiscovery> dns;
  Duration interval{};
  Duration next{};  // Monotonic.
  Found found;

  bool FindsTheSameAs(const Source& other) const {
    if (subject != other.subject || dns.has_value() != other.dns.has_value()) return false;
    return !dns || (dns->type == other.dns->type && dns->port == other.dns->port);
  }
};

void Warn(const std::string& where, const std::string& error) {
  log::Warn("Alertmanagers cannot be discovered; those known before are used",
            {{"component", "discovery"}, {"where", where}, {"err", error}});
}

std::vector<Source> SourcesOf(const config::AlertmanagerConfig& config, std::size_t set,
                              Duration file_interval) {
  std::vector<Source> sources;
  for (const config::FileDiscovery& discovery : config.file_sd_configs) {
    for (const std::string& pattern : discovery.files) {
      const Duration interval = std::min(discovery.refresh_interval, file_interval);
      sources.push_back({set, pattern, std::nullopt, interval, {}, {}});
    }
  }
  for (const config::DnsDiscovery& discovery : config.dns_sd_configs) {
    for (const std::string& name : discovery.names) {
      sources.push_back({set, name, discovery, discovery.refresh_interval, {}, {}});
    }
  }
  return sources;
}

}  // namespace

struct AlertmanagerDiscovery::State {
  const Options options;
  std::mutex mutex;
  std::condition_variable changed;
  // Guarded by mutex.
  std::vector<std::shared_ptr<const config::AlertmanagerConfig>> configs;
  std::vector<Source> sources;
  std::uint64_t generation = 0;  // Of the two above.
  bool stopped = false;

  explicit State(Options given) : options(std::move(given)) {}

  // With the mutex held.
  AlertmanagerTargets Targets() const {
    AlertmanagerTargets targets;
    for (std::size_t i = 0; i < configs.size(); ++i) {
      AddTargets(configs[i], i, configs[i]->static_configs, &targets);
      for (const Source& source : sources) {
        if (source.set != i) continue;
        for (const auto& [key, groups] : source.found) {
          AddTargets(configs[i], i, groups, &targets);
        }
      }
    }
    return targets;
  }

  // Without it: blocks.
  Found LookUp(const Source& source) const {
    Found found;
    const auto take = [&](const std::string& key, Result<Groups> groups) {
      if (groups) {
        found[key] = *std::move(groups);
        return;
      }
      Warn(key, groups.error().message);
      const auto before = source.found.find(key);
      if (before != source.found.end()) found.insert(*before);
    };
    if (!source.dns) {
      for (const std::string& path : Expand(source.subject)) take(path, ReadFile(path));
      return found;
    }
    const auto records = options.look_up(source.subject, TypeOf(*source.dns));
    if (!records) {
      take(source.subject, tl::unexpected(records.error()));
    } else {
      take(source.subject, GroupsOf(*records, source.subject, *source.dns));
    }
    return found;
  }
};

AlertmanagerDiscovery::AlertmanagerDiscovery(Options options)
    : state_(std::make_shared<State>(std::move(options))) {
  // Nobody waits for its end: it may be in the middle of a lookup.
  std::thread([state = state_] {
    NameThisThread("discovery");
    Loop(state);
  }).detach();
}

AlertmanagerDiscovery::~AlertmanagerDiscovery() {
  Stop();
}

void AlertmanagerDiscovery::Stop() {
  const std::lock_guard lock(state_->mutex);
  state_->stopped = true;
  state_->changed.notify_all();
}

void AlertmanagerDiscovery::SetConfigs(const std::vector<config::AlertmanagerConfig>& configs) {
  std::vector<Source> sources;
  std::vector<std::shared_ptr<const config::AlertmanagerConfig>> shared;
  {
    const std::lock_guard lock(state_->mutex);
    for (const config::AlertmanagerConfig& config : configs) {
      for (Source& source : SourcesOf(config, shared.size(), state_->options.file_interval)) {
        for (const Source& before : state_->sources) {
          if (source.FindsTheSameAs(before)) source.found = before.found;
        }
        sources.push_back(std::move(source));
      }
      shared.push_back(std::make_shared<const config::AlertmanagerConfig>(config));
    }
  }
  for (Source& source : sources) {
    if (source.dns) continue;
    source.found = state_->LookUp(source);
    source.next = MonotonicNow() + source.interval;
  }
  const std::lock_guard lock(state_->mutex);
  state_->configs = std::move(shared);
  state_->sources = std::move(sources);
  ++state_->generation;
  state_->changed.notify_all();
  if (!state_->stopped) state_->options.found(state_->Targets());
}

void AlertmanagerDiscovery::Loop(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  while (!state->stopped) {
    const auto due =
        std::min_element(state->sources.begin(), state->sources.end(),
                         [](const Source& a, const Source& b) { return a.next < b.next; });
    if (due == state->sources.end()) {
      state->changed.wait(lock);
      continue;
    }
    if (const Duration left = due->next - MonotonicNow(); left > Duration::zero()) {
      state->changed.wait_for(lock, left);
      continue;
    }
    const auto look_up = [&state, source = *due] { return state->LookUp(source); };
    const std::uint64_t generation = state->generation;
    lock.unlock();
    Found found = look_up();
    lock.lock();
    if (state->stopped || state->generation != generation) continue;
    due->next = MonotonicNow() + due->interval;
    if (found == due->found) continue;
    due->found = std::move(found);
    // With the mutex, so that Stop can promise that it is not called afterwards.
    state->options.found(state->Targets());
  }
}

}  // namespace tocsin::datasource
