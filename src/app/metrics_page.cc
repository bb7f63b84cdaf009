#include "app/metrics_page.h"

#include "app/http_metrics.h"
#include "app/metric_text.h"
#include "base/clock.h"
#include "core/control.h"

namespace tocsin::app {
namespace {

// A turn of the core that is not worth waiting for to say how things are.
constexpr Duration kStuckTurn = std::chrono::seconds(1);

}  // namespace

void MetricsPage::Serve(Done done) {
  const auto answer = [this, done = std::move(done)] {
    // An overloaded server must still be seen to be one.
    const auto serialize = [this, done] { done(Text()); };
    if (!sources_.workers->TryRun(serialize)) serialize();
  };
  auto figures = std::make_shared<RouterFigures>();
  const bool asked = sources_.core->busy_for() < kStuckTurn &&
                     sources_.core->TryRun(
                         0,
                         [this, figures, answer](core::Control& control, Time now) {
                           figures->silences = control.CountSilences(now);
                           if (sources_.features.group_keys) {
                             figures->marks_by_group = control.CountMarksByGroup(now);
                           }
                           CountMarks(figures, 0, control.installs(), answer);
                         });
  if (!asked) answer();
}

// Core thread: from the alert `next` on.
void MetricsPage::CountMarks(const std::shared_ptr<RouterFigures>& figures, std::size_t next,
                             std::uint64_t installs, const std::function<void()>& answer) {
  const bool asked = sources_.core->TryRun(0, [=, this](const core::Control& control, Time now) {
    std::size_t at = next;
    if (control.installs() != installs) {
      figures->marks = {};
      at = 0;
    }
    const Duration until = MonotonicNow() + core::kWalkTime;
    bool through = false;
    while (!through && MonotonicNow() < until) {
      through = control.TakeMarkCounts(now, &at, &figures->marks);
    }
    if (!through) return CountMarks(figures, at, control.installs(), answer);
    figures_.Set(figures);
    answer();
  });
  if (!asked) answer();
}

std::string MetricsPage::Text() const {
  std::string text = sources_.metrics->Serialize();
  const std::shared_ptr<const RouterFigures> known = figures_.Get();
  const RouterFigures figures = known ? *known : RouterFigures();
  AppendAlertCounts(figures, sources_.features.group_keys, &text);
  AppendStoreMetrics(figures, sources_.store->stats(), &text);
  sources_.rule_edges->AppendMetrics(&text);
  AppendHistoryMetrics(sources_.ledger->stats(), &text);
  AppendClusterMetrics(sources_.cluster_member, &text);
  AppendHttpMetrics(sources_.http_server->stats(), sources_.api->stats(), &text);
  AppendMetric("tocsin_cluster_peers_ignored", "gauge",
               "Peers named by --cluster.peer, which is not obeyed.",
               static_cast<double>(sources_.peers_ignored), &text);
  return text;
}

}  // namespace tocsin::app
