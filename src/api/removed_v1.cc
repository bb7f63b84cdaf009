#include "api/removed_v1.h"

namespace tocsin::api {

void AnswerRemovedV1(const ExchangePtr& exchange) {
  exchange->Answer(JsonResponse(
      410, R"({"status":"deprecated","error":"The Alertmanager v1 API is gone, )"
           R"(it was removed as of version 0.27.0. Use the same endpoint of the v2 API."})"));
}

}  // namespace tocsin::api
