import { serveVendor, type VendorServer } from "./server.ts";

const unauthorized = () => Response.json({ error: "Invalid access credentials." }, { status: 401 });

/** Apollo's directory: 404 for an unknown company, `person: null` for an unknown person. */
export function serveApollo(keys: readonly string[]): VendorServer {
  return serveVendor((seen) => {
    if (!keys.includes(seen.token)) return unauthorized();
    if (seen.path === "/organizations/enrich") {
      if (seen.query.domain !== "acme.example") {
        return Response.json({ error: "not found" }, { status: 404 });
      }
      return Response.json({
        organization: {
          name: "Acme",
          primary_domain: "acme.example",
          industry: "manufacturing",
          estimated_num_employees: 420,
          short_description: "Anvils",
          city: "Leeds",
          state: null,
          country: "United Kingdom",
          technology_names: ["Salesforce"],
        },
      });
    }
    if (seen.path === "/people/match" && seen.method === "POST") {
      if (seen.body.email !== "pat@acme.example") return Response.json({ person: null });
      return Response.json({
        person: {
          name: "Pat Lee",
          title: "CFO",
          linkedin_url: "http://www.linkedin.com/in/patlee",
          city: "Leeds",
          state: "",
          country: "United Kingdom",
          organization: { name: "Acme" },
        },
      });
    }
    return new Response("{}", { status: 404 });
  });
}

/** Brave's news search: the key in `x-subscription-token`, matches marked up. */
export function serveBrave(keys: readonly string[]): VendorServer {
  return serveVendor((seen) => {
    if (!keys.includes(seen.token)) return unauthorized();
    if (seen.path !== "/news/search" || !seen.query.q || Number(seen.query.count) > 50) {
      return Response.json({ type: "ErrorResponse" }, { status: 422 });
    }
    return Response.json({
      type: "news",
      results: [
        {
          title: "Old",
          url: "https://news.example/1",
          description: "",
          page_age: "2026-01-02T10:00:00",
        },
        {
          title: "<strong>Acme</strong> opens a plant",
          url: "https://news.example/2",
          description: "The <strong>Acme</strong> plant",
          page_age: "2026-03-01T10:00:00",
          meta_url: { hostname: "news.example" },
        },
        { title: "Bad", url: "javascript:alert(1)", description: "" },
      ],
    });
  });
}

/** Instantly's API v2: campaigns and received mails, newest first, in pages of two. */
export function serveInstantly(keys: readonly string[]): VendorServer {
  const campaigns = [1, 2, 3, 4, 5].map((at) => ({
    id: `c${at}`,
    name: `Campaign ${at}`,
    status: at === 4 ? 2 : 1,
  }));
  const mails = [5, 4, 3, 2, 1].map((day) => ({
    id: `m${day}`,
    campaign_id: "c1",
    timestamp_email: `2026-03-0${day}T10:00:00.000Z`,
    from_address_email: "pat@acme.example",
    from_address_json: [{ name: "Pat Lee" }],
    subject: "Re: hello",
    body: { text: `reply ${day}` },
  }));
  return serveVendor((seen) => {
    if (!keys.includes(seen.token)) return unauthorized();
    const page = (all: readonly { readonly id: string }[]) => {
      const from = seen.query.starting_after === undefined
        ? 0
        : all.findIndex(({ id }) => id === seen.query.starting_after) + 1;
      const items = all.slice(from, from + 2);
      return Response.json({
        items,
        ...(from + 2 < all.length ? { next_starting_after: items.at(-1)!.id } : {}),
      });
    };
    switch (seen.path) {
      case "/campaigns":
        return page(campaigns);
      case "/campaigns/analytics":
        return Response.json([
          {
            campaign_id: "c1",
            emails_sent_count: 100,
            open_count: 40,
            reply_count: 5,
            bounced_count: 2,
          },
        ]);
      case "/emails":
        return seen.query.email_type === "received" ? page(mails) : page([]);
    }
    return new Response("{}", { status: 404 });
  });
}
