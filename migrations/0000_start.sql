CREATE TABLE `api_key` (
	`id` text PRIMARY KEY NOT NULL,
	`pool_id` text NOT NULL,
	`public_id` text NOT NULL,
	`secret_hash` blob NOT NULL,
	`name` text NOT NULL,
	`status` text NOT NULL,
	`notes` text NOT NULL,
	`metadata` text NOT NULL,
	`model_policy` text NOT NULL,
	`enforced` text NOT NULL,
	`allowed_upstreams` text,
	`ip_allowlist` text NOT NULL,
	`expires_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`rotated_at` integer,
	`last_used_at` integer,
	FOREIGN KEY (`pool_id`) REFERENCES `pool`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_key_public_id` ON `api_key` (`public_id`);--> statement-breakpoint
CREATE INDEX `api_key_pool` ON `api_key` (`pool_id`);--> statement-breakpoint
CREATE TABLE `audit` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`target_kind` text NOT NULL,
	`target_id` text,
	`target_name` text,
	`outcome` text NOT NULL,
	`error_code` text,
	`before` text,
	`after` text
);
--> statement-breakpoint
CREATE INDEX `audit_target` ON `audit` (`target_id`,`id`);--> statement-breakpoint
CREATE TABLE `assignment` (
	`pool_id` text NOT NULL,
	`upstream_id` text NOT NULL,
	`priority` integer NOT NULL,
	`weight` integer NOT NULL,
	`enabled` integer NOT NULL,
	PRIMARY KEY(`pool_id`, `upstream_id`),
	FOREIGN KEY (`pool_id`) REFERENCES `pool`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`upstream_id`) REFERENCES `upstream`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `assignment_upstream` ON `assignment` (`upstream_id`);--> statement-breakpoint
CREATE TABLE `pool` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`status` text NOT NULL,
	`strategy` text NOT NULL,
	`notes` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `pool_name` ON `pool` (lower("name"));--> statement-breakpoint
CREATE TABLE `attempt` (
	`request_id` integer NOT NULL,
	`number` integer NOT NULL,
	`upstream_id` text NOT NULL,
	`at` integer NOT NULL,
	`duration_ms` real NOT NULL,
	`first_byte_ms` real,
	`status` integer,
	`error_code` text,
	`cause` text,
	PRIMARY KEY(`request_id`, `number`)
);
--> statement-breakpoint
CREATE TABLE `request` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`state` text NOT NULL,
	`key_id` text NOT NULL,
	`pool_id` text NOT NULL,
	`upstream_id` text,
	`route` text NOT NULL,
	`model` text,
	`sent_model` text,
	`effort` text,
	`service_tier` text,
	`stream` integer NOT NULL,
	`status` integer,
	`error_code` text,
	`reserved_input` integer NOT NULL,
	`reserved_output` integer NOT NULL,
	`input_tokens` integer NOT NULL,
	`cached_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`reasoning_tokens` integer NOT NULL,
	`usage_source` text NOT NULL,
	`cost_nanos` integer,
	`attempts` integer NOT NULL,
	`first_byte_ms` real,
	`duration_ms` real,
	`client` text NOT NULL,
	`client_ip` text NOT NULL,
	`exclusions` text
);
--> statement-breakpoint
CREATE INDEX `request_key` ON `request` (`key_id`,`id`);--> statement-breakpoint
CREATE INDEX `request_unfinished` ON `request` (`id`) WHERE state = 'open';--> statement-breakpoint
CREATE INDEX `request_failed` ON `request` (`error_code`,`id`) WHERE error_code is not null;--> statement-breakpoint
CREATE TABLE `setting` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `upstream` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL,
	`status` text NOT NULL,
	`status_reason` text,
	`base_url` text NOT NULL,
	`proxy_url` text,
	`notes` text NOT NULL,
	`manual_models` text NOT NULL,
	`fetched_models` text NOT NULL,
	`models_fetched_at` integer,
	`models_error` text,
	`secret_fingerprint` text,
	`secret_set_at` integer,
	`secret_has_api_key` integer NOT NULL,
	`secret_header_names` text NOT NULL,
	`simulator` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `upstream_name` ON `upstream` (lower("name"));--> statement-breakpoint
CREATE TABLE `usage_bucket` (
	`minute` integer NOT NULL,
	`key_id` text NOT NULL,
	`pool_id` text NOT NULL,
	`upstream_id` text NOT NULL,
	`model` text NOT NULL,
	`requests` integer NOT NULL,
	`failed` integer NOT NULL,
	`refused` integer NOT NULL,
	`input_tokens` integer NOT NULL,
	`cached_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`reasoning_tokens` integer NOT NULL,
	`cost_nanos` integer NOT NULL,
	`duration_ms` real NOT NULL,
	PRIMARY KEY(`minute`, `key_id`, `pool_id`, `upstream_id`, `model`)
);
