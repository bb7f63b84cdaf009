#include "notifiers/unsendable.h"

#include <memory>
#include <utility>

namespace tocsin::notifiers {
namespace {

class Unsendable final : public Integration {
 public:
  Unsendable(model::IntegrationId id, bool send_resolved)
      : id_(std::move(id)), send_resolved_(send_resolved) {}

  const model::IntegrationId& id() const override { return id_; }
  bool send_resolved() const override { return send_resolved_; }
  tl::expected<Send, BuildFailure> Build(const model::Notification&,
                                         const BuildContext&) const override {
    return tl::unexpected(BuildFailure{false, Reason()});
  }
  Outcome JudgeResponse(const model::Notification&, const HttpResponse&) const override {
    Outcome outcome;
    outcome.kind = Outcome::Kind::kGiveUp;
    outcome.error = Reason();
    return outcome;
  }

 private:
  std::string Reason() const { return id_.type + " cannot send yet"; }

  const model::IntegrationId id_;
  const bool send_resolved_;
};

}  // namespace

IntegrationPtr MakeUnsendable(model::IntegrationId id, bool send_resolved) {
  return std::make_shared<const Unsendable>(std::move(id), send_resolved);
}

}  // namespace tocsin::notifiers
