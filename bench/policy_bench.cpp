// What the policy snapshot, its decisions, a network's rules and registry tokens cost on one core.
// Prints one JSON object; times are the median of several runs.
//
//   policy_bench            with the targets beside the figures; exit code 1 when one is missed
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "access/documents_test_support.h"
#include "access/key_ring.h"
#include "access/policy_store.h"
#include "access/token_service.h"
#include "decision_figures.h"
#include "network_figures.h"
#include "policy/decision.h"

namespace {

using namespace berth;
using bench::Figure;

constexpr int kTokens = 50'000;

// Median seconds of one call.
template <class F>
double seconds(int runs, F work) {
  std::vector<double> all;
  for (int i = 0; i < runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work(i);
    all.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::sort(all);
  return all[all.size() / 2];
}

std::string token_name(int i) {
  return fmt::format("token-{:05}", i);
}
policy::Token make_token(int i) {
  const std::string id = fmt::format("00000000-0000-4000-8000-{:012}", i);
  return {true, "readers", {policy::Secret{id, std::string(32, 'h'), 0}, std::nullopt}};
}

policy::Snapshot build() {
  policy::RegistryPolicy registry;
  registry.key = registry.name = "contoso";
  for (int i = 0; i < kTokens; ++i) registry.tokens.set(token_name(i), make_token(i));
  registry.scope_maps.set("readers", {{{"team/*", "content/read"}}});
  policy::Snapshot snapshot;
  snapshot.registries.set("contoso", std::move(registry));
  return snapshot;
}

void change_one(access::PolicyStore& store, int i) {
  store.update([&](policy::Snapshot& snapshot) {
    policy::RegistryPolicy registry = *snapshot.registries.find("contoso");
    registry.tokens.set(token_name(i * 97 % kTokens), make_token(i));
    snapshot.registries.set("contoso", std::move(registry));
  });
}

policy::Principal token_principal() {
  policy::Principal principal;
  principal.kind = policy::PrincipalKind::kToken;
  principal.id = principal.name = token_name(7);
  principal.credential = make_token(7).passwords[0]->id;
  principal.registry = "contoso";
  return principal;
}

std::vector<Figure> snapshot_figures() {
  constexpr double kMilli = 1000;
  access::PolicyStore store;
  const double cold = seconds(
      5, [&](int) { store.update([](policy::Snapshot& snapshot) { snapshot = build(); }); });
  const double change = seconds(1000, [&](int i) { change_one(store, i); });
  return {{"cold_build_50000_tokens", "ms", cold * kMilli, 500, false},
          {"change_one_of_50000_tokens", "ms", change * kMilli, 1, false}};
}

std::vector<Figure> token_figures() {
  const SystemClock clock;
  SystemRandom random;
  access::MemoryDocuments documents(clock);
  access::KeyRing keys(documents, clock, random);
  if (!access::wait_for(keys.load())) return {};
  const access::TokenService tokens(keys, clock, random);
  const policy::Snapshot snapshot = build();
  const policy::RegistryPolicy& registry = *snapshot.registries.find("contoso");
  const policy::Principal principal = token_principal();
  const std::vector<access::Grant> grants = {{"repository", "team/app", {"pull", "push"}}};

  constexpr int kIssued = 5000;
  std::vector<std::string> issued;
  const double issue = seconds(kIssued, [&](int) {
    issued.push_back(tokens.access_token(principal, registry, "contoso.example.com", grants,
                                         access::kAccessTokenLifetime));
  });
  int verified = 0;
  const auto verify = [&](int i) {
    verified += tokens.verify(issued[static_cast<std::size_t>(i)], registry) ? 1 : 0;
  };
  const double first = seconds(kIssued, verify);
  const double again = seconds(kIssued, verify);
  policy::Source source;
  source.tls = true;
  const auto repository = oci::RepositoryName::parse("team/app").value();
  int allowed = 0;
  const double decision = seconds(kIssued, [&](int) {
    allowed += policy::decide(
                   snapshot, {source, principal, policy::Action::kPull, "contoso", &repository, {}})
                       .allowed()
                   ? 1
                   : 0;
  });
  if (verified != 2 * kIssued || allowed != kIssued) return {};
  return {{"tokens_issued", "per second", 1 / issue, 5000, true},
          {"first_verifications", "per second", 1 / first, 5000, true},
          {"cached_verifications", "per second", 1 / again, 100'000, true},
          {"scope_map_decisions", "per second", 1 / decision, 100'000, true}};
}

}  // namespace

int main() {
  std::vector<Figure> figures = snapshot_figures();
  const std::vector<Figure> tokens = token_figures();
  if (tokens.empty()) {
    std::fputs("policy_bench: a token was not accepted\n", stderr);
    return 1;
  }
  figures.insert(figures.end(), tokens.begin(), tokens.end());
  for (const auto measure : {bench::network_figures, bench::decision_figures}) {
    const std::vector<Figure> decisions = measure();
    if (decisions.empty()) {
      std::fputs("policy_bench: a decision was not what it should be\n", stderr);
      return 1;
    }
    figures.insert(figures.end(), decisions.begin(), decisions.end());
  }
  std::string out;
  for (const Figure& f : figures) {
    out += fmt::format(
        "{}\n  \"{}\": {{\"value\": {:.4g}, \"unit\": \"{}\", \"{}\": {}, \"good\": {}}}",
        out.empty() ? "" : ",", f.name, f.value, f.unit, f.at_least ? "at_least" : "at_most",
        f.target, f.good());
  }
  fmt::print("{{{}\n}}\n", out);
  return std::ranges::all_of(figures, &Figure::good) ? 0 : 1;
}
