// What each kind of receiver becomes: one line a kind. Its schema stands in config.ts beside this.
import type { Notifier, NotifierTools } from '../notifier.ts'
import { createAlertmanagerNotifier } from './alertmanager/notifier.ts'
import type { ReceiverKind, ReceiverSettings } from './config.ts'
import { createDingtalkNotifier } from './dingtalk/notifier.ts'
import { createEmailNotifier } from './email/notifier.ts'
import { createFeishuNotifier } from './feishu/notifier.ts'
import { createSlackNotifier } from './slack/notifier.ts'
import { createWebhookNotifier } from './webhook/notifier.ts'
import { createWecomNotifier } from './wecom/notifier.ts'

type Factory<Kind extends ReceiverKind> = (
  settings: Extract<ReceiverSettings, { kind: Kind }>,
  tools: NotifierTools,
) => Notifier

export const NOTIFIERS: { readonly [Kind in ReceiverKind]: Factory<Kind> } = {
  email: createEmailNotifier,
  slack: createSlackNotifier,
  dingtalk: createDingtalkNotifier,
  wecom: createWecomNotifier,
  feishu: createFeishuNotifier,
  webhook: createWebhookNotifier,
  alertmanager: createAlertmanagerNotifier,
}

/** One for each receiver and process: it keeps the budget of its service. */
export function createNotifier(settings: ReceiverSettings, tools: NotifierTools): Notifier {
  // Each factory takes the settings of its own kind, which the table holds and the compiler cannot follow.
  return NOTIFIERS[settings.kind](settings as never, tools)
}
