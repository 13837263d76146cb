/**
 * What registers a user, in one way of several.
 */

export interface Settings {
  readonly baseUrl: string
  readonly clientId: string
  readonly consumerKey: string
}

export interface User {
  readonly userId: string
  readonly userSecret: string
}

export interface Client {
  readonly register: (userId: string) => Promise<User>
  readonly close: () => Promise<void>
}

export type Connect = (settings: Settings) => Client | Promise<Client>

/** Nothing is fast by doing nothing: every reply of every contender goes through here. */
export const checked = async (client: Client, userId: string): Promise<void> => {
  const user = await client.register(userId)
  if (user.userId !== userId || user.userSecret.length !== 36) {
    throw new Error(`asked for ${userId}, was answered ${JSON.stringify(user)}`)
  }
}
