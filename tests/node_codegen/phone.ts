// A small app that leans on the types that graphql-codegen wrote. tsc checks it; nothing runs it.
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";
import { type HomeQuery, HomeDocument, MarkNotificationsReadDocument, OpenPushDocument } from "./written/graphql";

type Answer<Data> = { data?: Data | null; errors?: { message: string; extensions: { code: string } }[] };

async function ask<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Answer<Data>> {
  const body = JSON.stringify({ query: print(document), variables });
  const answer = await fetch("/graphql", { method: "POST", headers: { "content-type": "application/json" }, body });
  return (await answer.json()) as Answer<Data>;
}

type Cases = NonNullable<NonNullable<HomeQuery["viewer"]>["cases"]>;

function line({ node }: Cases["edges"][number]): string {
  const due = node.deadline?.promised;
  const left = due?.daysLeft ?? "?";
  return `${node.item.name}: ${node.stage === "COMPLETION" ? (node.outcome ?? "ended") : left}, ${node.updatedAt.slice(0, 10)}`;
}

export async function firstScreen(): Promise<string[]> {
  const { data } = await ask(HomeDocument, { first: 20, freshness: "KNOWN" });
  const cases = data?.viewer?.cases;
  return cases ? cases.edges.map(line) : [];
}

export async function read(ids: string[]): Promise<number> {
  const { data } = await ask(MarkNotificationsReadDocument, { input: { ids } });
  return data?.markNotificationsRead.unreadCount ?? 0;
}

export async function opened(id: string): Promise<string | null> {
  const { data } = await ask(OpenPushDocument, { id });
  const node = data?.node;
  return node && "title" in node ? node.title : null;
}
