#pragma once

// An integration of which nothing is asked but its identity: the worlds' receivers answer for it.

#include "notifiers/integration.h"

#include <utility>

namespace tocsin::simulation {

class StubIntegration final : public notifiers::Integration {
 public:
  StubIntegration(model::IntegrationId id, bool send_resolved)
      : id_(std::move(id)), send_resolved_(send_resolved) {}
  const model::IntegrationId& id() const override { return id_; }
  bool send_resolved() const override { return send_resolved_; }
  tl::expected<notifiers::Send, notifiers::BuildFailure> Build(
      const model::Notification&, const notifiers::BuildContext&) const override {
    return tl::unexpected(notifiers::BuildFailure{false, "a stub builds nothing"});
  }
  notifiers::Outcome JudgeResponse(const model::Notification&, const HttpResponse&) const override {
    return {};
  }

 private:
  model::IntegrationId id_;
  bool send_resolved_;
};

}  // namespace tocsin::simulation
