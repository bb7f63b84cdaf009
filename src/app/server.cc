#include "app/server.h"

#include "api/api.h"
#include "api/reads.h"
#include "app/cluster_member.h"
#include "app/early_requests.h"
#include "app/event_log.h"
#include "app/file_limit.h"
#include "app/http_options.h"
#include "app/ledger_options.h"
#include "app/load.h"
#include "app/metrics.h"
#include "app/metrics_page.h"
#include "app/own_hosts.h"
#include "app/reloader.h"
#include "app/rule_edges.h"
#include "app/silence_log.h"
#include "app/stop_stack.h"
#include "app/version.h"
#include "app/web_guard.h"
#include "app/wire_sender.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/published.h"
#include "base/worker_pool.h"
#include "core/control.h"
#include "core/core_thread.h"
#include "core/inbox.h"
#include "datasource/query_proxy.h"
#include "history/ledger.h"
#include "net/curl_client.h"
#include "net/http_server.h"
#include "net/net_thread.h"
#include "net/proxy.h"
#include "net/smtp_client.h"
#include "storage/load_state.h"
#include "storage/sqlite_store.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <random>
#include <signal.h>
#include <string>
#include <thread>

namespace tocsin::app {
namespace {

// What outside callers may have on its way into the core, before they are told to come later.
constexpr std::size_t kInboxBytesMax = 256 * 1024 * 1024;
// For who reads the history, to see what was decided just now.
constexpr Duration kHistoryFlush = std::chrono::seconds(1);
// Together well below what service managers wait before they kill.
constexpr Duration kEndMax = std::chrono::seconds(5);
constexpr Duration kDrainMax = std::chrono::seconds(2);
constexpr std::size_t kWorkWaitingMax = 100'000;
// Reading must not hold up paging.
constexpr int kReaderNiceness = 10;
constexpr std::size_t kConcurrencyPerDestination = 64;
constexpr std::size_t kEarlyRequestsMax = 256;

std::string UserAgent() {
  return "tocsin/" + std::string(kVersion);
}

// Before any thread starts: all inherit the mask, and the main thread alone waits for them.
sigset_t BlockSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // A file at its size limit is a full disk, no reason to end.
  return set;
}

std::uint64_t RandomSeed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

void LogDiagnostics(const config::Diagnostics& diagnostics) {
  for (const config::Diagnostic& diagnostic : diagnostics.all()) {
    const bool error = diagnostic.severity == config::Severity::kError;
    log::Write(error ? log::Level::kError : log::Level::kWarn, "Configuration",
               {{"component", "configuration"}, {"err", ToString(diagnostic)}});
  }
}

// One line of text out of all errors: what a caller of /-/reload gets to see.
std::string Summary(const config::Diagnostics& diagnostics) {
  std::string text;
  for (const config::Diagnostic& diagnostic : diagnostics.all()) {
    if (diagnostic.severity != config::Severity::kError) continue;
    if (!text.empty()) text += "\n";
    text += ToString(diagnostic);
  }
  return text;
}

// 0 is no limit of the configuration's; what the inbox could never take is refused at the door all
// the same.
std::size_t BodyBytesMax(const config::Config& config) {
  const std::size_t configured = config.limits.request_body_bytes;
  return configured == 0 ? kInboxBytesMax : std::min(configured, kInboxBytesMax);
}

// What the flags say about how the core works. A limit of the configuration comes first.
void SetRouterOptions(const ServeOptions& flags, router::RouterOptions* options) {
  options->retention = flags.data_retention;
  options->alerts_gc_interval = flags.alerts_gc_interval;
  options->log_gc_interval = flags.maintenance_interval;
  if (options->alerts_per_alertname == 0)
    options->alerts_per_alertname = flags.alerts_per_alertname;
  if (options->silences.count_max == 0) options->silences.count_max = flags.silences_max;
  if (options->silences.bytes_max == 0) options->silences.bytes_max = flags.silence_bytes_max;
}

// What somebody asked for and does not get.
void WarnOfFlags(const ServeOptions& flags) {
  if (!flags.cluster_peers.empty()) {
    log::Warn(
        "There is no gossip: --cluster.peer is not obeyed, and each server notifies by itself",
        {{"peers", std::uint64_t{flags.cluster_peers.size()}}});
  }
  for (const std::string& flag : flags.without_effect) {
    log::Info("A flag of Alertmanager's without effect here", {{"flag", flag}});
  }
}

void LogStoreEvent(const storage::StoreEvent& event) {
  using Kind = storage::StoreEvent::Kind;
  const bool good = event.kind == Kind::kRecovered || event.kind == Kind::kImported;
  const auto level = good                           ? log::Level::kInfo
                     : event.kind == Kind::kWarning ? log::Level::kWarn
                                                    : log::Level::kError;
  log::Write(level, "Stored state", {{"component", "storage"}, {"what", event.message}});
}

class Server {
 public:
  explicit Server(ServeOptions options) : options_(std::move(options)) {}

  int Run();

 private:
  Status Start();
  Loaded Load() const;
  Status StartHttp(const config::Config& config);
  Status StartGuard(std::shared_ptr<net::ServerTls>* tls);
  void Serve(net::ServerRequest request, api::Respond respond);
  Status OpenStore();
  void StartNetwork();
  void StartCore(core::Generation generation);
  void StartLedger(const config::Config& config);
  void StartReloader();
  void StartApi();
  void WindDown();
  // Until `begin`, on the core thread, has called its argument; when that takes too long,
  // `otherwise` is said.
  void WaitForCore(Duration at_most, const char* otherwise,
                   std::function<void(core::Control&, Time, std::function<void()>)> begin);
  // Reloader thread.
  Status Reload();
  Status InstallAndWait(core::Generation generation);
  // Main thread.
  void WaitForSignals(const sigset_t& signals);

  const ServeOptions options_;
  const SystemClock clock_;
  const Time started_ = clock_.Now();
  std::string external_url_;

  // In the order in which they start; stopped by stop_ in the reverse one.
  Metrics metrics_{started_, options_.metric_features};
  EventLog event_log_;
  SilenceLog silence_log_;
  core::Inbox inbox_{kInboxBytesMax};
  std::unique_ptr<storage::SqliteStore> store_;
  std::unique_ptr<history::Ledger> ledger_;
  std::unique_ptr<net::NetThread> net_thread_;
  std::unique_ptr<net::CurlClient> http_client_;
  std::unique_ptr<net::SmtpClient> mail_client_;
  std::unique_ptr<WorkerPool> workers_;
  std::unique_ptr<api::Readers> readers_;
  Published<config::Config> config_;
  Published<templates::NotificationTemplates> templates_;
  std::unique_ptr<WireSender> sender_;
  std::unique_ptr<RuleEdges> rule_edges_;
  std::unique_ptr<datasource::QueryProxy> query_proxy_;
  std::unique_ptr<core::Control> control_;
  std::unique_ptr<core::CoreThread> core_;
  std::unique_ptr<Reloader> reloader_;
  std::unique_ptr<api::Api> api_;
  std::unique_ptr<MetricsPage> metrics_page_;
  std::atomic<api::Api*> serving_{nullptr};  // Set once the API can answer...
  EarlyRequests early_{kEarlyRequestsMax};   // ...and until then, here.
  std::unique_ptr<WebGuard> guard_;          // Null without a --web.config.file.
  std::unique_ptr<net::HttpServer> http_server_;
  StopStack stop_;
};

int Server::Run() {
  const sigset_t signals = BlockSignals();
  log::Configure(options_.log_level, options_.log_format);
  log::Info("Starting tocsin", {{"version", kVersion}});
  const Status started = Start();
  if (started) {
    WaitForSignals(signals);
  } else {
    log::Err("Cannot start", {{"err", started.error().message}});
  }
  stop_.StopAll();
  log::Info("Stopped");
  log::Shutdown();
  return started ? 0 : 1;
}

Loaded Server::Load() const {
  Loaded loaded = LoadConfiguration(
      options_.config_file, {options_.matcher_syntax, options_.data_retention}, options_.ruler);
  SetRouterOptions(options_, &loaded.generation.router_options);
  loaded.generation.router_options.dispatch_from =
      SaturatingAdd(started_, options_.dispatch_start_delay);
  return loaded;
}

Status Server::Start() {
  WarnOfFlags(options_);
  Loaded loaded = Load();
  LogDiagnostics(loaded.diagnostics);
  metrics_.OnReload(clock_.Now(), !loaded.diagnostics.HasErrors(),
                    loaded.generation.config ? loaded.generation.config->hash : 0);
  if (loaded.diagnostics.HasErrors()) {
    return Fail((options_.config_file.empty() ? "the command line" : options_.config_file) +
                " has errors");
  }
  // Before the rest, because the port it gets is part of the links in messages.
  if (Status status = StartHttp(*loaded.generation.config); !status) return status;
  if (Status status = OpenStore(); !status) return status;
  StartNetwork();
  StartLedger(*loaded.generation.config);
  StartCore(std::move(loaded.generation));
  StartReloader();
  StartApi();
  log::Info("Completed loading of configuration file",
            {{"component", "configuration"}, {"file", options_.config_file}});
  return {};
}

Status Server::StartHttp(const config::Config& config) {
  Result<net::HttpServer::Options> options = HttpOptions(options_, RaiseFileLimit());
  if (!options) return tl::unexpected(options.error());
  options->body_bytes_max = BodyBytesMax(config);
  if (Status status = StartGuard(&options->tls); !status) return status;
  const bool tls = options->tls != nullptr;
  auto server = net::HttpServer::Start(
      *std::move(options), [this](net::ServerRequest request, net::Responder respond) {
        if (!guard_) return Serve(std::move(request), std::move(respond));
        guard_->Handle(std::move(request), std::move(respond),
                       [this](net::ServerRequest admitted, api::Respond answer) {
                         Serve(std::move(admitted), std::move(answer));
                       });
      });
  if (!server) return tl::unexpected(server.error());
  http_server_ = *std::move(server);
  for (const std::string& address : http_server_->addresses()) {
    log::Info("Listening on", {{"address", address}});
  }
  external_url_ = options_.external_url;
  if (external_url_.empty()) {
    const std::string& first = http_server_->addresses().front();
    external_url_ = (tls ? "https://" : "http://") + Hostname() + first.substr(first.rfind(':'));
  }
  return {};
}

// To serve without the protection that was asked for would be worse than not to serve.
Status Server::StartGuard(std::shared_ptr<net::ServerTls>* tls) {
  const std::string& path = options_.web_config_file;
  if (path.empty()) return {};
  config::WebConfigResult loaded = config::LoadWebConfig(path);
  LogDiagnostics(loaded.diagnostics);
  if (!loaded.config) return Fail(path + " has errors");
  if (loaded.config->tls) {
    auto opened = net::ServerTls::Open(*loaded.config->tls);
    if (!opened) return Fail(path + ": tls_server_config: " + opened.error().message);
    *tls = *std::move(opened);
  }
  guard_ = std::make_unique<WebGuard>(path, *std::move(loaded.config), *tls);
  stop_.Push("guard", [this] { guard_->Stop(); });
  return {};
}

// HTTP threads, and the guard's.
void Server::Serve(net::ServerRequest request, api::Respond respond) {
  if (api::Api* api = serving_.load(std::memory_order_acquire)) {
    return api->Handle(std::move(request), std::move(respond));
  }
  early_.Handle(std::move(request), std::move(respond));
}

Status Server::OpenStore() {
  storage::SqliteStore::Options options;
  options.inbox = &inbox_;
  options.folder = options_.storage_path;
  options.clock = &clock_;
  options.observe = LogStoreEvent;
  auto store = storage::SqliteStore::Open(std::move(options));
  if (!store) return tl::unexpected(store.error());
  store_ = *std::move(store);
  return {};
}

void Server::StartNetwork() {
  net_thread_ = std::make_unique<net::NetThread>();
  net::CurlClient::Options http;
  http.user_agent = UserAgent();
  http.concurrency_per_destination = kConcurrencyPerDestination;
  http.proxy_environment = net::ReadProxyEnvironment();
  http_client_ = std::make_unique<net::CurlClient>(net_thread_.get(), std::move(http));
  mail_client_ = std::make_unique<net::SmtpClient>(net_thread_.get(), net::SmtpClient::Options{});
  const int threads = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 2, 8);
  workers_ = std::make_unique<WorkerPool>(threads, kWorkWaitingMax);
  query_proxy_ =
      std::make_unique<datasource::QueryProxy>(http_client_.get(), &config_, UserAgent());
  rule_edges_ = std::make_unique<RuleEdges>(
      RuleEdges::Dependencies{net_thread_.get(), http_client_.get(), workers_.get(), &inbox_,
                              UserAgent(), [this](std::vector<core::AlertTarget> targets) {
                                ledger_->OnAlertTargets(std::move(targets));
                              }});
  readers_ = std::make_unique<api::Readers>(kReaderNiceness);
  stop_.Push("network", [this] {
    http_client_->Stop();
    mail_client_->Stop();
  });
  stop_.Push("discovery", [this] { rule_edges_->Stop(); });
  // Before the network: what a worker still wants to send must find it.
  stop_.Push("workers", [this] { workers_->Stop(); });
  stop_.Push("readers", [this] { readers_->Stop(); });
}

// It looks after its file by itself: a history that cannot be written keeps nobody from paging.
void Server::StartLedger(const config::Config& config) {
  ledger_ = std::make_unique<history::Ledger>(LedgerOptions(options_, config, &clock_));
  ledger_->Start();
  stop_.Push("history", [this] { ledger_->Stop(); });
}

void Server::StartCore(core::Generation generation) {
  sender_ = std::make_unique<WireSender>(WireSender::Dependencies{
      workers_.get(), &inbox_, net_thread_.get(), http_client_.get(), mail_client_.get(), &clock_,
      &templates_, external_url_, Hostname()});
  std::vector<core::EventSink*> sinks{metrics_.sink(), &event_log_, ledger_.get()};
  if (options_.log_silences) sinks.push_back(&silence_log_);
  control_ =
      std::make_unique<core::Control>(sender_.get(), std::move(sinks), store_.get(), RandomSeed());
  storage::LoadedState loaded = store_->TakeLoaded();
  for (const std::string& skipped : loaded.skipped) {
    log::Warn("Stored state that cannot be read is left out",
              {{"component", "storage"}, {"what", skipped}});
  }
  rules::RulesState of_rules = std::move(loaded.rules);
  control_->Restore(storage::RouterStateOf(std::move(loaded)), std::move(of_rules));
  rule_edges_->Prepare(&generation);
  rule_edges_->Connect(&generation);
  // This thread has the core's part until that starts. Alerts that are told at once must find the
  // Alertmanagers that are known.
  std::vector<core::Inbox::Task> waiting;
  inbox_.Wait(Duration::zero(), &waiting);
  for (const core::Inbox::Task& task : waiting) task();
  const Time now = clock_.Now();
  templates_.Set(generation.templates);  // Before anything is sent.
  control_->Install(now, std::move(generation));
  config_.Set(control_->config());
  metrics_.OnInstall(*control_);
  core_ = std::make_unique<core::CoreThread>(
      control_.get(), &clock_, &inbox_,
      [this](Duration took) { metrics_.OnTurn(took, control_->counts()); });
  core_->Start();
  store_->Start();
  // After the core: what it has handed over is written.
  stop_.Push("store", [this] { store_->Stop(); });
  stop_.Push("core", [this] {
    core_->Stop();
    control_->WriteDown(clock_.Now());
  });
  stop_.Push("work on its way", [this] { WindDown(); });
}

// What has begun ends: a page that is being sent is not sent again after the restart, and what
// others are to be told they are told.
void Server::WindDown() {
  WaitForCore(kEndMax, "Stopping before everything on its way has ended",
              [](core::Control& control, Time now, std::function<void()> done) {
                control.WindDown(now, std::move(done));
              });
  // Even if something has not ended: one query that hangs must not take from the others what is
  // meant for them.
  WaitForCore(kDrainMax, "Stopping before everything that waits was sent",
              [this](core::Control&, Time, const std::function<void()>& done) {
                rule_edges_->Drain(done);
              });
}

void Server::WaitForCore(Duration at_most, const char* otherwise,
                         std::function<void(core::Control&, Time, std::function<void()>)> begin) {
  auto ended = std::make_shared<std::promise<void>>();
  const std::future<void> done = ended->get_future();
  const bool taken =
      core_->TryRun(0, [ended, begin = std::move(begin)](core::Control& control, Time now) {
        begin(control, now, [ended] { ended->set_value(); });
      });
  if (taken && done.wait_for(at_most) == std::future_status::ready) return;
  log::Warn(otherwise, {{"waited", FormatGoDuration(at_most)}});
}

void Server::StartReloader() {
  reloader_ = std::make_unique<Reloader>([this] { return Reload(); });
  stop_.Push("reloader", [this] { reloader_->Stop(); });
}

Status Server::Reload() {
  log::Info("Loading configuration file",
            {{"component", "configuration"}, {"file", options_.config_file}});
  Loaded loaded = Load();
  LogDiagnostics(loaded.diagnostics);
  if (loaded.diagnostics.HasErrors()) {
    metrics_.OnReload(clock_.Now(), false, 0);
    log::Err("Loading configuration file failed; the one before stays in force",
             {{"component", "configuration"}, {"file", options_.config_file}});
    return Fail(Summary(loaded.diagnostics));
  }
  rule_edges_->Prepare(&loaded.generation);
  const std::shared_ptr<const config::Config> config = loaded.generation.config;
  if (Status status = InstallAndWait(std::move(loaded.generation)); !status) return status;
  http_server_->SetBodyBytesMax(BodyBytesMax(*config));
  metrics_.OnReload(clock_.Now(), true, config->hash);
  log::Info("Completed loading of configuration file",
            {{"component", "configuration"}, {"file", options_.config_file}});
  return {};
}

Status Server::InstallAndWait(core::Generation generation) {
  // Shared, because a task can be copied and, when the core stops first, destroyed without having
  // run.
  const auto shared = std::make_shared<core::Generation>(std::move(generation));
  auto installed = std::make_shared<std::promise<void>>();
  std::future<void> done = installed->get_future();
  const bool taken = core_->TryRun(
      0, [this, shared, installed = std::move(installed)](core::Control& control, Time now) {
        templates_.Set(shared->templates);
        rule_edges_->Connect(shared.get());
        // Before the decisions of the installation: where there was no history, they are its first.
        ledger_->SetLimits(HistoryLimits(*shared->config));
        control.Install(now, std::move(*shared));
        Failpoint("in_reload");
        config_.Set(control.config());
        metrics_.OnInstall(control);
        event_log_.OnInstall();
        installed->set_value();
      });
  if (!taken) return Fail("the core takes nothing at the moment");
  try {
    done.get();
  } catch (const std::future_error&) {
    return Fail("the server is stopping");
  }
  return {};
}

void Server::StartApi() {
  api::Options options;
  options.core = core_.get();
  options.workers = workers_.get();
  options.readers = readers_.get();
  options.clock = &clock_;
  options.config = &config_;
  options.metrics = [this](std::function<void(std::string)> done) {
    metrics_page_->Serve(std::move(done));
  };
  options.answered = [this](const api::Answered& answered) { metrics_.OnAnswered(answered); };
  options.reload = [this](std::function<void(Status)> done) {
    reloader_->Request(std::move(done));
  };
  options.query = [this](const net::ServerRequest& request,
                         std::function<void(api::QueryAnswer)> done) {
    query_proxy_->Handle(request, [done = std::move(done)](auto answer) {
      done(std::move(answer).map_error([](datasource::ProxyError error) {
        return api::QueryFailure{error.status, std::move(error.message)};
      }));
    });
  };
  options.large_answers_fit = [this] { return http_server_->TakesLargeResponses(); };
  options.alerts_received = [this](const api::ReceivedAlerts& received) {
    metrics_.OnAlertsReceived(received);
  };
  options.alertmanagers = [this] { return rule_edges_->alertmanagers(); };
  options.history_path = HistoryPath(options_);
  options.flush_history = [this] { ledger_->Flush(kHistoryFlush); };
  options.history_unwritten_since = [this] { return ledger_->stats().unwritten_since; };
  options.external_url = external_url_;
  options.route_prefix = options_.route_prefix;
  options.own_hosts = OwnHosts();
  options.trusted_origins = options_.trusted_origins;
  Random random(RandomSeed());
  const std::optional<api::ClusterMember> self = OwnClusterMember(options_, started_, &random);
  options.cluster = self;
  options.syntax = options_.matcher_syntax;
  options.get_concurrency = options_.get_concurrency;
  options.started = started_;
  options.build.version = kVersion;
  options.build.alertmanager_version = kAlertmanagerVersion;
  options.build.compiler = "g++ " __VERSION__;
  api_ = std::make_unique<api::Api>(std::move(options));
  metrics_page_ = std::make_unique<MetricsPage>(
      MetricsPage::Sources{.metrics = &metrics_,
                           .core = core_.get(),
                           .workers = workers_.get(),
                           .store = store_.get(),
                           .rule_edges = rule_edges_.get(),
                           .ledger = ledger_.get(),
                           .http_server = http_server_.get(),
                           .api = api_.get(),
                           .cluster_member = self,
                           .features = options_.metric_features,
                           .peers_ignored = options_.cluster_peers.size()});
  serving_.store(api_.get(), std::memory_order_release);
  early_.Open([this](net::ServerRequest request, api::Respond respond) {
    Serve(std::move(request), std::move(respond));
  });
  stop_.Push("http", [this] { http_server_->Stop(); });
}

void Server::WaitForSignals(const sigset_t& signals) {
  for (;;) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal != SIGHUP) {
      log::Info("Received a signal to stop", {{"signal", signal}});
      return;
    }
    reloader_->Request([](const Status&) {});  // What came of it is in the log.
  }
}

}  // namespace

int RunServer(const ServeOptions& options) {
  return Server(options).Run();
}

}  // namespace tocsin::app
