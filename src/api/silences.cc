#include "api/silences.h"

namespace tocsin::api {

void GetSilences(const ExchangePtr& exchange) {
  exchange->Answer(JsonResponse(200, "[]\n"));
}

}  // namespace tocsin::api
