#include "control/lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>

#include "base/ascii.h"
#include "crypto/encoding.h"

namespace berth::control {
namespace {

constexpr std::size_t kChunk = 256;  // of resources looked at between two locks

std::string escaped(std::string_view text, std::string_view also_plain) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos || also_plain.find(c) != std::string_view::npos) {
      out.push_back(c);
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

Result<std::size_t> page_size(const World& world, const Request& request) {
  if (!request.top) return world.options.page_entries;
  const std::string& text = *request.top;
  std::size_t top = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), top);
  if (error != std::errc{} || end != text.data() + text.size() || top == 0) {
    return fail(bad_request("InvalidTopParameter", "$top must be a whole number above zero."));
  }
  return std::min(top, world.options.page_entries);
}

Result<std::string> last_seen(const Request& request) {
  if (!request.skip_token) return std::string();
  auto key = crypto::from_base64url(*request.skip_token);
  if (!key || key->size() > ResourceId::kMaxLength) {
    return fail(bad_request("InvalidSkipToken",
                            "The $skipToken is none that this server gave; follow nextLink as it "
                            "is."));
  }
  return std::move(*key);
}

std::string next_link(const Request& request, const Resource& last) {
  std::string link = request.base_url + escaped(request.path, "/") +
                     "?api-version=" + escaped(request.api_version.value_or(""), "");
  if (request.filter) link += "&$filter=" + escaped(*request.filter, "");
  if (request.top) link += "&$top=" + escaped(*request.top, "");
  return link + "&$skipToken=" + crypto::base64url(last.id.key());
}

class Lister {
 public:
  Lister(const World& world, const Request& request, const ResourceType& type,
         const ResourceId& parent, const Selection& selection)
      : world_(world), request_(request), type_(type), selection_(selection) {
    if (type.read_at_parent) {
      all_ = may_read(parent.tenant() ? std::string("/") : parent.key());
    }
  }

  // The first `limit` visible resources after `after`; those without a document among them.
  std::vector<ResourcePtr> collect(std::vector<ResourcePtr> built_in, const std::string& after,
                                   std::size_t limit) const {
    std::vector<ResourcePtr> out;
    for (const std::string& prefix : selection_.prefixes) {
      for (std::string at = after; out.size() < limit;) {
        const auto chunk = world_.table.page(type_.name, prefix, at, kChunk);
        for (const ResourcePtr& one : chunk) {
          if (visible(*one)) out.push_back(one);
        }
        if (chunk.size() < kChunk) break;
        at = chunk.back()->id.key();
      }
    }
    for (ResourcePtr& one : built_in) {
      if (one->id.key() > after && visible(*one)) out.push_back(std::move(one));
    }
    std::ranges::sort(out, {}, [](const ResourcePtr& one) { return one->id.key(); });
    if (out.size() > limit) out.resize(limit);
    return out;
  }

 private:
  bool may_read(const std::string& key) const {
    return world_.gate().allows(request_.source, request_.principal, type_.operation("read"), key);
  }
  bool visible(const Resource& resource) const {
    if (selection_.keep && !selection_.keep(resource)) return false;
    if (all_ ? *all_ : may_read(resource.id.key())) return true;
    return type_.visible != nullptr && type_.visible(world_, request_.principal, resource);
  }

  const World& world_;
  const Request& request_;
  const ResourceType& type_;
  const Selection& selection_;
  std::optional<bool> all_;
};

}  // namespace

Result<Answer> answer_page(const World& world, const Request& request, const ResourceType& type,
                           const ResourceId& parent, const Selection& selection, const Show& show) {
  TRY_ASSIGN(const std::size_t size, page_size(world, request));
  TRY_ASSIGN(const std::string after, last_seen(request));
  std::vector<ResourcePtr> built_in;
  if (type.built_in != nullptr) built_in = type.built_in(world, parent);
  const Lister lister(world, request, type, parent, selection);
  // One more than the page, to know whether there is a next one.
  std::vector<ResourcePtr> found = lister.collect(std::move(built_in), after, size + 1);
  // Where there is one page only: else it would break the order that the next one goes on with.
  if (type.leads != nullptr && after.empty() && found.size() <= size) {
    std::ranges::stable_partition(found, [&](const ResourcePtr& one) { return type.leads(*one); });
  }
  json::object body;
  json::array& value = body["value"].emplace_array();
  for (std::size_t i = 0; i < std::min(size, found.size()); ++i) value.push_back(show(*found[i]));
  if (found.size() > size) body["nextLink"] = next_link(request, *found[size - 1]);
  return json_answer(body);
}

Result<Answer> list_resources(const World& world, const Request& request, const ResourceType& type,
                              const ResourceId& parent) {
  TRY_ASSIGN(const Filter filter, parse_filter(request.filter));
  ResourceId scope = parent;
  if (!parent.tenant()) {
    // Whoever may not read here learns nothing about what exists: an empty list.
    const auto existing =
        within_existing(world, parent.child(type.name, "any"), type.operation("read"));
    if (existing) {
      scope = existing->parent();
    } else if (world.gate().allows(request.source, request.principal, type.operation("read"),
                                   parent.key())) {
      return fail(existing.error());
    }
  }
  Selection selection{{scope.key() + "/"}};
  if (type.select != nullptr) {
    TRY_ASSIGN(selection, type.select(world, scope, filter));
  } else if (!filter.empty()) {
    return fail(unknown_filter(filter.front(), "none"));
  }
  return answer_page(world, request, type, scope, selection, [&](const Resource& one) {
    if (type.shown_as == nullptr) return render(world, type, one);
    const ResourceId asked = scope.child(type.name, one.id.name());
    return render(world, type, one, &asked);
  });
}

}  // namespace berth::control
